// A person in encrypted rooms: matrix-js-sdk with its own cryptography. It is told what to do, and tells what it reads,
// in lines of JSON.
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel?.("silent");
console.debug = console.info = console.warn = console.log = () => {};

const [baseUrl, userId, deviceId, accessToken] = process.argv.slice(2);
const client = sdk.createClient({ baseUrl, userId, deviceId, accessToken });
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const show = (event) => {
  if (event.getType() !== "m.room.message") return;
  tell({
    event: event.getId(),
    room: event.getRoomId(),
    sender: event.getSender(),
    content: event.getContent(),
    encrypted: event.isEncrypted(),
    opened: !event.isDecryptionFailure(),
  });
};

client.on("RoomMember.membership", (_event, member) => {
  if (member.userId === userId && member.membership === "invite") client.joinRoom(member.roomId);
});
client.on("Room.timeline", (event, _room, past) => past || show(event));
client.on("Event.decrypted", show);

const deeds = {
  create: async ({ how }) => ({ room: (await client.createRoom(how)).room_id }),
  send: async ({ room, type, content }) => ({ event: (await client.sendEvent(room, type, content)).event_id }),
  // the devices of somebody, and whether they signed them themselves
  devices: async ({ user }) => {
    const crypto = client.getCrypto();
    const known = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
    const signed = {};
    for (const id of known.keys()) {
      signed[id] = (await crypto.getDeviceVerificationStatus(user, id))?.signedByOwner ?? false;
    }
    return { signed };
  },
};

await client.initRustCrypto({ useIndexedDB: false });
await client.startClient();
await new Promise((done) => client.on("sync", (state) => state === "PREPARED" && done()));
tell({ done: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, deed, ...rest } = JSON.parse(line);
  try {
    tell({ done: id, ...(await deeds[deed](rest)) });
  } catch (wrong) {
    tell({ done: id, failed: String(wrong) });
  }
}
process.exit(0);
