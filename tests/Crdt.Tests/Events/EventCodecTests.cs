using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Events;

public sealed class EventCodecTests
{
    public static TheoryData<string, InvalidReason> Wrong => new()
    {
        { "version", InvalidReason.Version },
        { "version as text", InvalidReason.Schema },
        { "height 0", InvalidReason.Height },
        { "other document", InvalidReason.Document },
        { "document as text", InvalidReason.Schema },
        { "65 deps", InvalidReason.FanIn },
        { "deps twice", InvalidReason.Schema },
        { "deps unsorted", InvalidReason.Schema },
        { "raw dep", InvalidReason.Schema },
        { "genesis as dep", InvalidReason.Schema },
        { "prev among deps", InvalidReason.Schema },
        { "type of 33 bytes", InvalidReason.Limit },
        { "empty type", InvalidReason.Schema },
        { "type with capital", InvalidReason.Schema },
        { "body too large", InvalidReason.Limit },
        { "body as list", InvalidReason.Schema },
        { "float in body", InvalidReason.Encoding },
        { "long cid in body", InvalidReason.Schema },
        { "seq 0", InvalidReason.Sequence },
        { "seq 1 with prev", InvalidReason.Sequence },
        { "seq 2 without prev", InvalidReason.Sequence },
        { "short author", InvalidReason.Schema },
        { "secp256k1 author", InvalidReason.Schema },
        { "twelfth key", InvalidReason.Schema },
        { "missing key", InvalidReason.Schema },
        { "1025 refs", InvalidReason.Limit },
        { "refs unsorted", InvalidReason.Schema },
        { "1025 keys", InvalidReason.Limit },
        { "65537 items", InvalidReason.Limit },
        { "nesting 33", InvalidReason.Encoding },
    };

    public static TheoryData<string> Right => ["plain", "64 deps", "type of 32 bytes", "largest body", "1024 refs", "raw cid in body", "1024 keys", "nesting 32", "at 2^64-1"];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_block_that_breaks_one_rule_is_refused_by_its_name(string what, InvalidReason expected)
    {
        Assert.False(EventCodec.TryDecode(Make(what), Author.Genesis.Cid, out Event? decoded, out InvalidReason reason));
        Assert.Null(decoded);
        Assert.Equal(expected, reason);
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void The_last_valid_value_of_each_limit_is_accepted(string what)
    {
        Assert.True(EventCodec.TryDecode(Make(what), Author.Genesis.Cid, out Event? decoded, out InvalidReason reason), reason.ToString());
        Assert.True(EventCodec.VerifySignature(decoded!));
    }

    [Fact]
    public void A_block_of_one_byte_too_many_is_refused_before_it_is_read()
    {
        Assert.False(EventCodec.TryDecode(new byte[EventLimits.BlockBytesMax + 1], default, out _, out InvalidReason reason));
        Assert.Equal(InvalidReason.Size, reason);
    }

    [Fact]
    public void Non_canonical_encodings_are_refused()
    {
        byte[] good = new RawEvent().Build();
        string hex = Convert.ToHexStringLower(good);
        string[] bad =
        [
            hex + "00", // trailing byte
            "bf" + hex[2..] + "ff", // indefinite map
            hex.Replace("616801", "61681801", StringComparison.Ordinal), // height not minimal
            hex.Replace("617646", "617646", StringComparison.Ordinal)[..^2], // cut off
            hex.Replace("616801617464", "617464" + "6e6f7465" + "616801", StringComparison.Ordinal)[..hex.Length], // keys out of order
            hex.Replace("6470726576f6", "6470726576f7", StringComparison.Ordinal), // undefined
            hex.Replace("64626f6479a0", "64626f6479bfff", StringComparison.Ordinal), // indefinite body
            hex.Replace("63646f63d82a", "63646f63d82b", StringComparison.Ordinal), // another tag
        ];
        foreach (string block in bad)
        {
            Assert.NotEqual(hex, block);
            Assert.False(EventCodec.TryDecode(Convert.FromHexString(block), Author.Genesis.Cid, out _, out InvalidReason reason));
            Assert.Equal(InvalidReason.Encoding, reason);
        }
    }

    [Fact]
    public void A_depth_bomb_and_giant_counts_are_refused_with_less_than_a_kibibyte_allocated()
    {
        byte[] nested = new byte[10_000];
        Array.Fill(nested, (byte)0x81);
        byte[][] bombs =
        [
            nested,
            [0xbb, 0, 0, 0, 1, 0, 0, 0, 0], // map of 2^32
            [0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0], // bytes of length 2^63
            [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ];
        foreach (byte[] bomb in bombs)
        {
            EventCodec.TryDecode(bomb, default, out _, out _); // once before, for the runtime's own needs
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool accepted = EventCodec.TryDecode(bomb, default, out _, out InvalidReason reason);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.False(accepted);
            Assert.True(reason is InvalidReason.Encoding or InvalidReason.Limit, reason.ToString());
            Assert.True(allocated < 1024, $"{allocated} bytes");
        }
    }

    [Fact]
    public void Every_bit_flip_is_refused_or_has_another_cid()
    {
        Event good = Vectors.A2(Vectors.A1(), Vectors.B1(Vectors.A1()));
        for (int bit = 0; bit < good.Bytes.Length * 8; bit += 7)
        {
            byte[] flipped = good.Bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (EventCodec.TryDecode(flipped, Vectors.Genesis.Cid, out Event? decoded, out _))
            {
                Assert.NotEqual(good.Cid, decoded!.Cid);
                Assert.False(EventCodec.VerifySignature(decoded));
            }
        }
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        SeededChance chance = new(7);
        byte[] seed = new RawEvent().Build();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] block = (byte[])seed.Clone();
            for (int n = chance.Below(6) + 1; n > 0; n--)
            {
                chance.Fill(block.AsSpan(chance.Below(block.Length), 1));
            }

            bool decoded = EventCodec.TryDecode(block.AsMemory(0, chance.Below(block.Length) + 1), default, out Event? read, out InvalidReason reason);
            Assert.Equal(decoded, read is not null);
            Assert.Equal(decoded, reason == InvalidReason.None);
        }
    }

    [Fact]
    public void The_payload_hash_does_not_depend_on_the_signature()
    {
        Assert.True(EventCodec.TryDecode(new RawEvent().Build(), default, out Event? one, out _));
        byte[] other = one!.Bytes.ToArray();
        other[one.SignatureOffset + 10] ^= 1;
        Assert.True(EventCodec.TryDecode(other, default, out Event? two, out _));

        Assert.NotEqual(one.Cid, two!.Cid);
        Assert.Equal(EventCodec.PayloadHash(one), EventCodec.PayloadHash(two));
    }

    private static byte[] Make(string what)
    {
        RawEvent raw = new();
        Cid[] links = [.. Enumerable.Range(0, 1_100).Select(RawEvent.SomeLink).Order()];
        switch (what)
        {
            case "version": raw.With("v", static w => w.WriteUInt(2)); break;
            case "version as text": raw.With("v", static w => w.WriteText("1")); break;
            case "height 0": raw.With("h", static w => w.WriteUInt(0)); break;
            case "other document": raw.With("doc", w => w.WriteCid(links[0])); break;
            case "document as text": raw.With("doc", static w => w.WriteText("x")); break;
            case "64 deps": raw.WithDeps(links.Take(64)); break;
            case "65 deps": raw.WithDeps(links.Take(65)); break;
            case "deps twice": raw.WithDeps([links[0], links[0]]); break;
            case "deps unsorted": raw.WithDeps([links[1], links[0]]); break;
            case "raw dep": raw.WithDeps([Cid.ForRaw([1])]); break;
            case "genesis as dep": raw.WithDeps([Author.Genesis.Cid]); break;
            case "prev among deps": raw.With("prev", w => w.WriteCid(links[0])).With("seq", static w => w.WriteUInt(2)).WithDeps([links[0]]); break;
            case "type of 32 bytes": raw.With("t", static w => w.WriteText(new string('a', 32))); break;
            case "type of 33 bytes": raw.With("t", static w => w.WriteText(new string('a', 33))); break;
            case "empty type": raw.With("t", static w => w.WriteText(string.Empty)); break;
            case "type with capital": raw.With("t", static w => w.WriteText("Note")); break;
            case "largest body": raw.With("body", static w => Pad(w, EventLimits.BodyBytesMax)); break;
            case "body too large": raw.With("body", static w => Pad(w, EventLimits.BodyBytesMax + 1)); break;
            case "body as list": raw.With("body", static w => w.WriteArrayStart(0)); break;
            case "float in body": raw.With("body", [0xa1, 0x61, 0x61, 0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]); break;
            case "raw cid in body": raw.With("body", static w => Field(w, static x => x.WriteCid(Cid.ForRaw([1])))); break;
            case "long cid in body": raw.With("body", static w => Field(w, static x => x.WriteCid(Cid.V1(Cid.RawCodec, Multihash.FromDigest(Multihash.Sha512Code, new byte[64]))))); break;
            case "seq 0": raw.With("seq", static w => w.WriteUInt(0)); break;
            case "seq 1 with prev": raw.With("prev", w => w.WriteCid(links[0])); break;
            case "seq 2 without prev": raw.With("seq", static w => w.WriteUInt(2)); break;
            case "short author": raw.With("by", static w => w.WriteBytes(new byte[35])); break;
            case "secp256k1 author": raw.With("by", static w => w.WriteBytes([0x08, 0x02, 0x12, 0x20, .. new byte[32]])); break;
            case "twelfth key": raw.With("zzzzz", static w => w.WriteUInt(1)); break;
            case "missing key": raw.Without("at"); break;
            case "1024 refs": raw.With("t", static w => w.WriteText("seq")).With("body", w => Refs(w, links[..1024])); break;
            case "1025 refs": raw.With("t", static w => w.WriteText("seq")).With("body", w => Refs(w, links[..1025])); break;
            case "refs unsorted": raw.With("t", static w => w.WriteText("seq")).With("body", w => Refs(w, [links[1], links[0]])); break;
            case "1024 keys": raw.With("body", static w => Keys(w, 1024)); break;
            case "1025 keys": raw.With("body", static w => Keys(w, 1025)); break;
            case "65537 items": raw.With("body", static w => Field(w, static x => Items(x, 65_537))); break;
            case "nesting 32": raw.With("body", static w => Nest(w, 31)); break;
            case "nesting 33": raw.With("body", static w => Nest(w, 32)); break;
            case "at 2^64-1": raw.With("at", static w => w.WriteUInt(ulong.MaxValue)); break;
            default: Assert.Equal("plain", what); break;
        }

        return raw.Build();
    }

    private static void Field(DagCborWriter writer, Action<DagCborWriter> value)
    {
        writer.WriteMapStart(1);
        writer.WriteText("a");
        value(writer);
    }

    private static void Pad(DagCborWriter writer, int total)
    {
        const int heads = 1 + 2 + 5; // map, key "a", head of bytes
        Field(writer, w => w.WriteBytes(new byte[total - heads]));
    }

    private static void Refs(DagCborWriter writer, Cid[] refs)
    {
        writer.WriteMapStart(1);
        writer.WriteText("refs");
        writer.WriteArrayStart(refs.Length);
        Array.ForEach(refs, writer.WriteCid);
    }

    private static void Keys(DagCborWriter writer, int count)
    {
        writer.WriteMapStart(count);
        for (int i = 0; i < count; i++)
        {
            writer.WriteText($"{i:d5}");
            writer.WriteUInt(0);
        }
    }

    private static void Items(DagCborWriter writer, int count)
    {
        writer.WriteArrayStart(count);
        for (int i = 0; i < count; i++)
        {
            writer.WriteUInt(0);
        }
    }

    // The event's own map is the outermost level.
    private static void Nest(DagCborWriter writer, int levels)
    {
        for (int i = 1; i < levels; i++)
        {
            writer.WriteMapStart(1);
            writer.WriteText("a");
        }

        writer.WriteMapStart(0);
    }
}
