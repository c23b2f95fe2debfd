-- By which ways a chat of WeCom may be written to: the AI bot only where somebody has written to it before.
CREATE TABLE doors (
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  door TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  PRIMARY KEY (platform, chat, door)
) {strict};
