// A js-libp2p node driven by lines of JSON: commands on stdin, events and answers on stdout.
if (typeof Promise.withResolvers !== "function") {
  Promise.withResolvers = function () { let resolve, reject; const promise = new Promise((a, b) => { resolve = a; reject = b; }); return { promise, resolve, reject }; };
}
const { createLibp2p } = await import("libp2p");
const { tcp } = await import("@libp2p/tcp");
const { noise } = await import("@chainsafe/libp2p-noise");
const { yamux } = await import("@chainsafe/libp2p-yamux");
const { mplex } = await import("@libp2p/mplex");
const { identify, identifyPush } = await import("@libp2p/identify");
const { ping } = await import("@libp2p/ping");
const { gossipsub } = await import("@libp2p/gossipsub");
const { generateKeyPair } = await import("@libp2p/crypto/keys");
const { multiaddr } = await import("@multiformats/multiaddr");
const { createHash } = await import("node:crypto");
const { createInterface } = await import("node:readline");

const options = JSON.parse(process.argv[2] ?? "{}");
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const prefix = options.prefix ?? "";
const node = await createLibp2p({
  start: false,
  privateKey: await generateKeyPair(options.key ?? "Ed25519"),
  addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [options.muxer === "mplex" ? mplex() : yamux()],
  connectionMonitor: { enabled: false },
  services: {
    identify: identify(),
    identifyPush: identifyPush(),
    ping: ping(),
    pubsub: gossipsub({
      globalSignaturePolicy: "StrictNoSign",
      allowPublishToZeroTopicPeers: true,
      emitSelf: false,
      msgIdFn: (message) => createHash("sha256").update(message.data).digest().subarray(0, 20),
    }),
  },
});

if (prefix !== "") {
  node.services.pubsub.protocols = [`${prefix}/meshsub/1.1.0`];
}
await node.start();

await node.handle("/test/echo/1", async (stream) => {
  for await (const chunk of stream) {
    const bytes = chunk.subarray();
    if (!stream.send(bytes)) {
      await stream.onDrain();
    }
  }
  await stream.close();
});

node.services.pubsub.addEventListener("message", (event) => say({ event: "message", topic: event.detail.topic, data: Buffer.from(event.detail.data).toString("hex") }));
node.addEventListener("peer:connect", (event) => say({ event: "connected", peer: event.detail.toString() }));
say({ event: "ready", addresses: node.getMultiaddrs().map(String) });

const commands = {
  known: async () => ({
    peers: (await node.peerStore.all()).map((peer) => ({
      peer: peer.id.toString(), protocols: peer.protocols, agent: Buffer.from(peer.metadata.get("AgentVersion") ?? []).toString(),
    })),
  }),
  dial: async ({ address }) => { await node.dial(multiaddr(address)); return {}; },
  ping: async ({ address }) => ({ ms: await node.services.ping.ping(multiaddr(address)) }),
  subscribe: ({ topic }) => { node.services.pubsub.subscribe(topic); return {}; },
  peers: ({ topic }) => ({ peers: node.services.pubsub.getSubscribers(topic).map(String), mesh: node.services.pubsub.getMeshPeers(topic) }),
  publish: async ({ topic, data }) => ({ recipients: (await node.services.pubsub.publish(topic, Buffer.from(data, "hex"))).recipients.length }),
  echo: async ({ address, bytes }) => {
    const stream = await node.dialProtocol(multiaddr(address), "/test/echo/1");
    const sent = createHash("sha256");
    const received = createHash("sha256");
    let count = 0;
    const reading = (async () => {
      for await (const chunk of stream) {
        const part = chunk.subarray();
        received.update(part);
        count += part.length;
        if (count >= bytes) break;
      }
    })();
    for (let left = bytes; left > 0;) {
      const part = Buffer.alloc(Math.min(left, 60000), left & 0xff);
      sent.update(part);
      left -= part.length;
      if (!stream.send(part)) {
        await stream.onDrain();
      }
    }
    await reading;
    await stream.close();
    return { count, equal: sent.digest("hex") === received.digest("hex") };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  Promise.resolve().then(() => commands[command.do](command)).then(
    (answer) => say({ id: command.id, ok: true, ...answer }),
    (error) => say({ id: command.id, ok: false, error: String(error?.stack ?? error) }),
  );
}
await node.stop();
process.exit(0);
