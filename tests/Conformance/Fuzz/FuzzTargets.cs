using System.Buffers;
using System.Text;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.UnixFs.Codecs;

namespace P2P.Conformance.Fuzz;

/// <summary>Every decoder that reads what a peer wrote.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } = [.. Multiformats(), .. Keys(), .. Encodings(), .. ProtocolTargets.All(), .. CrdtTargets.All()];

    /// <summary>The input was taken and must read back the same.</summary>
    public static int Same(ReadOnlySpan<byte> written, ReadOnlySpan<byte> read, int outcome = 0) => written.SequenceEqual(read)
        ? outcome
        : throw new FuzzException($"read back as {Convert.ToHexString(written)}");

    /// <summary>A key that is the same in every run.</summary>
    public static PrivateKey Key(KeyType type = KeyType.Ed25519) => PrivateKey.Generate(type, new SeededChance(1));

    private static IEnumerable<FuzzTarget> Multiformats()
    {
        Cid cid = Cid.ForDagCbor([0xa0]);
        Multiaddr address = Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001").WithPeer(Key().PublicKey.PeerId);
        yield return new("uvarint", [[0x00], [0xff, 0x01], [0x80, 0x80, 0x01]], static input =>
        {
            OperationStatus status = VarInt.TryRead(input, out ulong value, out int consumed);
            Span<byte> again = stackalloc byte[VarInt.BytesMax];
            return status == OperationStatus.Done ? Same(again[..VarInt.Write(again, value)], input.AsSpan(0, consumed)) : (int)status;
        });
        yield return new("multihash", [cid.Bytes[2..].ToArray()], static input => Multihash.TryRead(input, out _, out _) ? 0 : 1);
        yield return new("cid", [cid.Bytes.ToArray(), [.. Multihash0()]], static input =>
            Cid.TryRead(input, out Cid read, out int consumed) ? Same(read.Bytes, input.AsSpan(0, consumed)) : 1);
        yield return new("cid-text", [Ascii(cid.ToString()), "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"u8.ToArray()], static input =>
            Cid.TryParse(Latin(input), out Cid read) ? (Cid.TryParse(read.ToString(), out Cid again) && again == read ? 0 : throw new FuzzException("its text is not it")) : 1);
        yield return new("multibase", [Ascii("mAXASIA"), Ascii("f00ff"), Ascii("zUXE7GvtEk8XTXs1GF8HSGbVA9FCX9SEBPe"), Ascii("bafybeig")], static input =>
            Multibase.TryDecode(Latin(input), 1 << 16, out _, out _) ? 0 : 1);
        yield return new("multiaddr", [address.Bytes.ToArray()], static input =>
            Multiaddr.TryRead(input, out Multiaddr? read) ? Same(read!.Bytes.Span, input) : 1);
        yield return new("multiaddr-text", [Ascii(address.ToString()), Ascii("/ip6/::1/udp/1/quic-v1"), Ascii("/dns4/example.org/tcp/443/wss")], static input =>
            Multiaddr.TryParse(Latin(input), out Multiaddr? read)
                ? (Multiaddr.TryParse(read!.ToString(), out Multiaddr? again) && again!.Equals(read) ? 0 : throw new FuzzException("its text is not it")) : 1);
    }

    private static byte[] Multihash0() => [0x12, 0x20, .. new byte[32]];

    private static IEnumerable<FuzzTarget> Keys()
    {
        PrivateKey key = Key();
        byte[] publicKey = key.PublicKey.Protobuf.ToArray();
        byte[] ecdsa = Key(KeyType.Ecdsa).PublicKey.Protobuf.ToArray();
        byte[] record = new PeerRecord(key.PublicKey.PeerId, 7, [Multiaddr.Parse("/ip4/192.0.2.1/tcp/4001")]).Seal(key);
        yield return new("peer-id", [[.. key.PublicKey.PeerId.Bytes]], static input => PeerId.TryRead(input, out _) ? 0 : 1);
        yield return new("peer-id-text", [Ascii(key.PublicKey.PeerId.ToString())], static input => PeerId.TryParse(Latin(input), out _) ? 0 : 1);
        yield return new("public-key", [publicKey, ecdsa], static input => (int)PublicKey.Read(input, out _));
        yield return new("private-key", [key.ToProtobuf(), Key(KeyType.Ecdsa).ToProtobuf()], static input =>
        {
            int outcome = (int)PrivateKey.Read(input, out PrivateKey? read);
            read?.Dispose();
            return outcome;
        });
        yield return new("envelope", [record], static input => (int)SignedEnvelope.Read(input, out _));
        yield return new("peer-record", [record], static input => (int)PeerRecord.Open(input, out _));
    }

    private static IEnumerable<FuzzTarget> Encodings()
    {
        Cid cid = Cid.ForDagCbor([0xa0]);
        byte[] cbor = [0xa3, 0x61, (byte)'a', 0x82, 0x01, 0x20, 0x61, (byte)'b', 0xd8, 0x2a, 0x58, 0x25, 0x00, .. cid.Bytes, 0x62, (byte)'c', (byte)'c', 0x63, 0xc3, 0xa4, (byte)'x'];
        Block block = new(Cid.ForDagCbor(cbor), cbor);
        byte[] car = [.. CarFile.EncodeHeader([block.Cid]), .. CarFile.EncodeBlockHead(block), .. block.Data.Span];
        yield return new("dag-cbor", [cbor, [0xf6], [0x1b, 0, 0, 0, 1, 0, 0, 0, 0], [0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]], static input =>
        {
            int outcome = DagCbor.Validate(input) - DagCborStatus.Valid;
            if (outcome == 0 && DagJson.TryWrite(input, out _) != DagCborStatus.Valid)
            {
                throw new FuzzException("valid, and cannot be shown");
            }

            return outcome;
        });
        yield return new("dag-cbor-reader", [cbor], static input =>
        {
            DagCborReader reader = new(input);
            int items = 0;
            while (reader.TrySkip(out _))
            {
                items++;
            }

            return items > 0 ? 0 : 1;
        });
        yield return new("protobuf", [[0x08, 0x01, 0x12, 0x02, 0x0a, 0x00]], static input =>
        {
            ProtoReader reader = new(input);
            while (reader.TryReadField())
            {
                // all of them
            }

            return reader.Failed ? 1 + (int)ProtoReader.TryReadDelimited(input, 1 << 20, out _, out _) : 0;
        });
        yield return new("dag-pb", [new DagPbNode([new DagPbLink(cid, "name", 3)], new byte[] { 1, 2 }).ToBytes()], static input =>
        {
            DagPbStatus status = DagPbNode.TryRead(input, 1_024, out DagPbNode? node);
            return status == DagPbStatus.Valid ? Same(node!.ToBytes(), input) : (int)status;
        });
        yield return new("unixfs", [UnixFsCodec.EncodeFile([10, 20]), UnixFsCodec.EncodeDirectory()], static input => UnixFsCodec.TryRead(input, 1_024, out _) - UnixFsStatus.Valid);
        yield return new("car", [car], static input => CarFile.TryRead(input, out _) - CarStatus.Valid);
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private static string Latin(byte[] input) => Encoding.Latin1.GetString(input);
}
