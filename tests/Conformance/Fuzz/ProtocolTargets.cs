using P2P.Bitswap;
using P2P.Bitswap.Wire;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Wire;
using P2P.PubSub;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;
using P2P.Transport.Discovery;
using P2P.Transport.Identify;
using P2P.Transport.Negotiation;
using P2P.Transport.Noise;
using P2P.Transport.Yamux;

namespace P2P.Conformance.Fuzz;

/// <summary>Decoders of the libp2p protocols.</summary>
internal static class ProtocolTargets
{
    private static readonly PubSubOptions s_pubSub = new();
    private static readonly BitswapOptions s_bitswap = new();

    public static IEnumerable<FuzzTarget> All() => [.. Connections(), .. Messages()];

    private static IEnumerable<FuzzTarget> Connections()
    {
        PrivateKey key = FuzzTargets.Key();
        byte[] publicKey = key.PublicKey.Protobuf.ToArray();
        yield return new("multistream", [[0x13, .. "/multistream/1.0.0\n"u8], [0x03, .. "na\n"u8]], static input =>
            (int)MultistreamWire.TryRead(input, out _, out _));
        yield return new("noise-payload", [NoisePayload.Write(publicKey, new byte[64], ["/yamux/1.0.0"])], static input =>
            NoisePayload.TryRead(input, out _, out _, out _) ? 0 : 1);
        byte[] frame = new byte[YamuxFrame.HeaderBytes];
        new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, 1, 5).Write(frame);
        yield return new("yamux-header", [frame], static input =>
        {
            if (input.Length < YamuxFrame.HeaderBytes)
            {
                return 1; // its caller reads twelve bytes first
            }

            YamuxRefusal refusal = YamuxFrame.TryRead(input, out YamuxFrame read);
            byte[] again = new byte[YamuxFrame.HeaderBytes];
            if (refusal == YamuxRefusal.None)
            {
                read.Write(again);
            }

            return refusal == YamuxRefusal.None ? FuzzTargets.Same(again, input.AsSpan(0, again.Length)) : 1 + (int)refusal;
        });
        IdentifyInfo info = new()
        {
            PublicKey = publicKey,
            ListenAddresses = [Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001")],
            Protocols = ["/ipfs/id/1.0.0", "/meshsub/1.2.0"],
            AgentVersion = "fuzz",
            ProtocolVersion = "1",
        };
        yield return new("identify", [IdentifyWire.Encode(info)], static input => IdentifyWire.Decode(input).Status - IdentifyStatus.Done);
        MdnsSelf self = new(key.PublicKey.PeerId, "label", [Multiaddr.Parse("/ip4/192.168.0.1/tcp/4001")], TimeSpan.FromMinutes(2));
        yield return new("mdns", [MdnsWriter.Query(), MdnsWriter.ServicesAnswer(TimeSpan.FromMinutes(2)), .. MdnsWriter.Answers(self, null, 1_400)], static input =>
            MdnsReader.TryRead(input, "\x05other\x04_p2p\x04_udp\x05local\0"u8, 16, new MdnsMessage()) - MdnsStatus.Done);
    }

    private static byte[] Bare(KadMessage message)
    {
        byte[] framed = KadWire.Write(message, 1 << 14);
        _ = VarInt.TryRead(framed, out _, out int prefix);
        return framed[prefix..];
    }

    private static IEnumerable<FuzzTarget> Messages()
    {
        PrivateKey key = FuzzTargets.Key();
        Cid cid = Cid.ForDagCbor([0xa0]);
        OutRpc rpc = new();
        rpc.Subscriptions.Add(new OutSubscription("topic", true));
        rpc.Grafts.Add("topic");
        rpc.Prunes.Add(new OutPrune("topic", TimeSpan.FromSeconds(60)));
        List<byte[]> frames = [];
        new RpcWriter(s_pubSub).Write(rpc, frames);
        byte[] signed = MessageSignature.Sign("topic", [1, 2, 3], 1, key).Frame.ToArray();
        yield return new("gossip-rpc", [frames[0][1..], signed[2..], signed[1..]], static input => RpcCodec.TryDecode(input, s_pubSub, out Rpc read) ? (read.Refusals.Count > 0 ? 2 : 0) : 1);
        KadPeer peer = new(key.PublicKey.PeerId, [Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001")], KadConnection.Connected);
        yield return new(
            "kad",
            [
                Bare(new KadMessage(KadMessageType.FindNode, cid.Hash.Bytes.ToArray()) { CloserPeers = [peer] }),
                Bare(new KadMessage(KadMessageType.PutValue, new byte[] { 1 }) { Record = new KadRecord(new byte[] { 1 }, new byte[] { 2 }) }),
                Bare(new KadMessage(KadMessageType.GetProviders, cid.Hash.Bytes.ToArray()) { ProviderPeers = [peer] }),
            ],
            static input => KadWire.TryRead(input, 8_192, out _) - KadWireStatus.Ok);
        BitswapMessage message = new() { Full = true };
        message.Wants.Add(new BitswapEntry(cid, WantKind.Block, Cancel: false, SendDontHave: true));
        message.Blocks.Add(new Block(cid, new byte[] { 0xa0 }));
        message.Presences.Add((cid, true));
        byte[] delimited = BitswapCodec.ToDelimited(message);
        yield return new("bitswap", [delimited[(delimited.Length > 128 ? 2 : 1)..]], static input => (int)BitswapCodec.TryRead(input, s_bitswap, out _));
    }
}
