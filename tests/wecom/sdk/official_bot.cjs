// A bot on the official client: it repeats texts, tells the checksum of pictures, changes the card whose button was
// pressed, welcomes, and sends a file of its own. WDY_URL, WDY_BOT and WDY_SECRET say where and as whom.
const crypto = require("node:crypto");
const { WSClient, generateReqId } = require("@wecom/aibot-node-sdk");

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const { WDY_URL: wsUrl, WDY_BOT: botId, WDY_SECRET: secret } = process.env;
const client = new WSClient({ botId, secret, wsUrl, heartbeatInterval: 200, reconnectInterval: 50, logger: silent });

const say = (frame, content) => client.replyStream(frame, generateReqId("stream"), content, true);
const sum = (data) => crypto.createHash("sha256").update(data).digest("hex");

async function look(frame, { url, aeskey }) {
  const { buffer } = await client.downloadFile(url, aeskey);
  await say(frame, sum(buffer));
}

const doings = {
  "message.text": async (frame) => {
    const { content } = frame.body.text;
    await say(frame, content);
    if (content === "file") {
      const data = Buffer.alloc(3 * 512 * 1024 + 7, "wudayuan");
      const { media_id } = await client.uploadMedia(data, { type: "file", filename: "made.bin" });
      await client.sendMediaMessage(frame.body.from.userid, "file", media_id);
    }
  },
  "message.image": (frame) => look(frame, frame.body.image),
  "message.mixed": async (frame) => {
    for (const item of frame.body.mixed.msg_item) if (item.msgtype === "image") await look(frame, item.image);
  },
  "event.enter_chat": (frame) => client.replyWelcome(frame, { msgtype: "text", text: { content: "welcome" } }),
  "event.template_card_event": (frame) =>
    client.updateTemplateCard(frame, {
      card_type: "button_interaction",
      task_id: frame.body.event.template_card_event.task_id,
      main_title: { title: frame.body.event.template_card_event.event_key },
      button_list: [{ text: "done", key: "done" }],
    }),
};
for (const [name, act] of Object.entries(doings)) {
  client.on(name, (frame) => act(frame).catch((fault) => process.stderr.write(`${name}: ${fault?.stack ?? JSON.stringify(fault)}\n`)));
}
client.connect();
setInterval(() => {}, 1000); // stays here after it was kicked, so that it could come back if it wanted
