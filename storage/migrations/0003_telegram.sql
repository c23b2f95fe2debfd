-- What a chat platform with real groups needs: recordings, words that may be edited, groups that move or are not heard.
CREATE TABLE media_kinds (name TEXT PRIMARY KEY) {strict};
INSERT INTO media_kinds (name) VALUES ('voice'), ('video');
ALTER TABLE photos ADD COLUMN media TEXT REFERENCES media_kinds (name);
ALTER TABLE said ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN pictures {ref} NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN title TEXT;
ALTER TABLE groups ADD COLUMN deaf_at TEXT;
ALTER TABLE groups ADD COLUMN moved_to TEXT;
