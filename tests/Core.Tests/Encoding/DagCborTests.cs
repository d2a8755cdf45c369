using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Encoding;

public sealed class DagCborTests
{
    private const string Link = "d82a582500017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a";

    [Theory]
    [InlineData("")]
    [InlineData("18", DagCborStatus.Truncated)]
    [InlineData("1900", DagCborStatus.Truncated)]
    [InlineData("1817", DagCborStatus.NotMinimal)]
    [InlineData("1900ff", DagCborStatus.NotMinimal)]
    [InlineData("1a0000ffff", DagCborStatus.NotMinimal)]
    [InlineData("1b00000000ffffffff", DagCborStatus.NotMinimal)]
    [InlineData("1c", DagCborStatus.Indefinite)]
    [InlineData("1f", DagCborStatus.Indefinite)]
    [InlineData("5fff", DagCborStatus.Indefinite)]
    [InlineData("7fff", DagCborStatus.Indefinite)]
    [InlineData("9fff", DagCborStatus.Indefinite)]
    [InlineData("bfff", DagCborStatus.Indefinite)]
    [InlineData("ff", DagCborStatus.Indefinite)]
    [InlineData("4101ff", DagCborStatus.TrailingBytes)]
    [InlineData("42ff", DagCborStatus.Truncated)]
    [InlineData("5bffffffffffffffff", DagCborStatus.Truncated)]
    [InlineData("9bffffffffffffffff", DagCborStatus.TooManyItems)]
    [InlineData("9a0000ffff", DagCborStatus.NotMinimal)]
    [InlineData("99ffff", DagCborStatus.Truncated)]
    [InlineData("bbffffffffffffffff", DagCborStatus.TooManyKeys)]
    [InlineData("b90401", DagCborStatus.TooManyKeys)]
    [InlineData("b90400", DagCborStatus.Truncated)]
    [InlineData("62c328", DagCborStatus.Utf8)]
    [InlineData("63eda080", DagCborStatus.Utf8)] // a surrogate
    [InlineData("a10000", DagCborStatus.KeyKind)]
    [InlineData("a1410000", DagCborStatus.KeyKind)]
    [InlineData("a2616200616100", DagCborStatus.KeyOrder)]
    [InlineData("a262616100616200", DagCborStatus.KeyOrder)]
    [InlineData("a2616100616100", DagCborStatus.KeyTwice)]
    [InlineData("c000", DagCborStatus.Tag)]
    [InlineData("d82b4100", DagCborStatus.Tag)]
    [InlineData("d9002a4100", DagCborStatus.NotMinimal)]
    [InlineData("d82a", DagCborStatus.Truncated)]
    [InlineData("d82a00", DagCborStatus.Link)]
    [InlineData("d82a40", DagCborStatus.Link)]
    [InlineData("d82a4100", DagCborStatus.Link)]
    [InlineData("d82a4500015512ff", DagCborStatus.Link)]
    [InlineData("d82a582501017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a", DagCborStatus.Link)]
    [InlineData("d82a582600017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a00", DagCborStatus.Link)]
    [InlineData("e0", DagCborStatus.Simple)]
    [InlineData("f7", DagCborStatus.Simple)]
    [InlineData("f820", DagCborStatus.Simple)]
    [InlineData("f93e00", DagCborStatus.Float)]
    [InlineData("fa3fc00000", DagCborStatus.Float)]
    [InlineData("fb7ff8000000000000", DagCborStatus.Float)]
    [InlineData("fbfff0000000000000", DagCborStatus.Float)]
    [InlineData("fb8000000000000000", DagCborStatus.Float)]
    [InlineData("fb3ff80000000000", DagCborStatus.Truncated)]
    public void What_dag_cbor_forbids_is_refused_with_its_reason(string hex, DagCborStatus why = DagCborStatus.Truncated)
    {
        Assert.Equal(why, DagCbor.Validate(Convert.FromHexString(hex)));
        Assert.NotEqual(DagCborStatus.Valid, DagCbor.Validate(Convert.FromHexString("81" + hex)));
        Assert.NotEqual(DagCborStatus.Valid, DagCbor.Validate(Convert.FromHexString("a16161" + hex)));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("17")]
    [InlineData("1818")]
    [InlineData("1bffffffffffffffff")]
    [InlineData("3bffffffffffffffff")]
    [InlineData("40")]
    [InlineData("60")]
    [InlineData("80")]
    [InlineData("a0")]
    [InlineData("8180")]
    [InlineData("828081a0")]
    [InlineData("f4")]
    [InlineData("f5")]
    [InlineData("f6")]
    [InlineData("fb3ff8000000000000")]
    [InlineData("a3616102616201626161a16000")]
    [InlineData(Link)]
    [InlineData("82" + Link + Link)]
    public void Canonical_blocks_are_accepted(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(bytes));
        for (int cut = 0; cut < bytes.Length; cut++)
        {
            Assert.NotEqual(DagCborStatus.Valid, DagCbor.Validate(bytes.AsSpan(0, cut)));
        }
    }

    [Fact]
    public void Floats_can_be_refused() =>
        Assert.Equal(DagCborStatus.Float, DagCbor.Validate(Convert.FromHexString("fb3ff8000000000000"), DagCborOptions.NoFloats));

    [Fact]
    public void Links_can_be_held_to_the_dasl_forms()
    {
        DagCborOptions strict = new() { DaslLinksOnly = true };
        Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(Convert.FromHexString(Link), strict));
        byte[] v0 = Convert.FromHexString("d82a582300122022ad631c69ee983095b5b8acd029ff94aff1dc6c48837878589a92b90dfea317");
        Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(v0));
        Assert.Equal(DagCborStatus.LinkForm, DagCbor.Validate(v0, strict));
    }

    [Theory]
    [InlineData(32, DagCborStatus.Valid)]
    [InlineData(33, DagCborStatus.TooDeep)]
    [InlineData(1_000_000, DagCborStatus.TooDeep)]
    public void Nesting_ends_at_32(int depth, DagCborStatus status)
    {
        byte[] arrays = [.. Enumerable.Repeat((byte)0x81, depth - 1), 0x80];
        byte[] maps = [.. Enumerable.Repeat(new byte[] { 0xa1, 0x60 }, depth - 1).SelectMany(b => b), 0xa0];
        Assert.Equal(status, DagCbor.Validate(arrays));
        Assert.Equal(status, DagCbor.Validate(maps));
    }

    [Theory]
    [InlineData(65_535, DagCborStatus.Valid)] // the array itself is an item
    [InlineData(65_536, DagCborStatus.TooManyItems)]
    public void Items_end_at_65536(int count, DagCborStatus status)
    {
        DagCborWriter writer = new();
        writer.WriteArrayStart(count);
        for (int i = 0; i < count; i++)
        {
            writer.WriteNull();
        }

        Assert.Equal(status, DagCbor.Validate(writer.WrittenSpan));
    }

    [Theory]
    [InlineData(1024, DagCborStatus.Valid)]
    [InlineData(1025, DagCborStatus.TooManyKeys)]
    public void Keys_end_at_1024(int count, DagCborStatus status)
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(count);
        for (int i = 0; i < count; i++)
        {
            writer.WriteText($"{i + 1000}");
            writer.WriteNull();
        }

        Assert.Equal(status, DagCbor.Validate(writer.WrittenSpan));
    }

    [Fact]
    public void A_record_reads_back_as_written()
    {
        Cid cid = Cid.ForDagCbor([1]);
        DagCborWriter writer = new(16);
        writer.WriteMapStart(9);
        writer.WriteText("a"u8);
        writer.WriteUInt(ulong.MaxValue);
        writer.WriteText("b"u8);
        writer.WriteInt(long.MinValue);
        writer.WriteText("c"u8);
        writer.WriteBytes([1, 2]);
        writer.WriteText("d"u8);
        writer.WriteText("žluť".AsSpan());
        writer.WriteText("e"u8);
        writer.WriteCid(cid);
        writer.WriteText("f"u8);
        writer.WriteArrayStart(2);
        writer.WriteBool(true);
        writer.WriteBool(false);
        writer.WriteText("g"u8);
        writer.WriteNull();
        writer.WriteText("h"u8);
        writer.WriteFloat(1.5);
        writer.WriteText("zz"u8);
        writer.WriteRaw([0x80]);
        writer.AssertCanonical();

        DagCborReader reader = new(writer.WrittenSpan);
        Assert.True(reader.TryReadMapStart(out int count) && count == 9);
        Assert.True(reader.TryReadKey("a"u8) && reader.TryReadUInt(out ulong a) && a == ulong.MaxValue);
        Assert.True(reader.TryReadKey("b"u8) && reader.TryReadInt(out long b) && b == long.MinValue);
        Assert.False(reader.TryReadKey("x"u8));
        Assert.True(reader.TryReadKey("c"u8) && reader.TryReadBytes(out ReadOnlySpan<byte> c) && c.SequenceEqual(new byte[] { 1, 2 }));
        Assert.True(reader.TryReadText(out ReadOnlySpan<byte> key) && key.SequenceEqual("d"u8));
        Assert.Equal(DagCborKind.Text, reader.PeekKind());
        Assert.True(reader.TryReadText(out ReadOnlySpan<byte> d) && d.SequenceEqual("žluť"u8));
        Assert.True(reader.TryReadKey("e"u8) && !reader.TryReadNull() && reader.TryReadCid(out Cid e) && e == cid);
        Assert.True(reader.TryReadKey("f"u8));
        Assert.True(reader.TrySkip(out ReadOnlySpan<byte> raw) && raw.SequenceEqual(new byte[] { 0x82, 0xf5, 0xf4 }));
        Assert.True(reader.TryReadKey("g"u8) && reader.TryReadNull());
        Assert.True(reader.TryReadKey("h"u8) && reader.TryReadFloat(out double h) && h == 1.5);
        Assert.False(reader.Failed);
        Assert.True(reader.TrySkip(out raw) && raw.SequenceEqual(new byte[] { 0x62, 0x7a, 0x7a }));
        Assert.True(reader.TryReadArrayStart(out count) && count == 0);
        Assert.Equal(DagCborKind.None, reader.PeekKind());
        Assert.True(reader.End());
        Assert.False(reader.TryReadUInt(out _));
    }

    [Fact]
    public void The_first_failure_sticks()
    {
        DagCborReader reader = new([0x82, 0x01, 0x60]);
        Assert.True(reader.TryReadArrayStart(out _));
        Assert.False(reader.TryReadText(out _));
        Assert.Equal(DagCborStatus.UnexpectedKind, reader.Status);
        Assert.False(reader.TryReadUInt(out _));
        Assert.False(reader.TrySkip(out _));
        Assert.False(reader.End());
        Assert.Equal(DagCborStatus.UnexpectedKind, reader.Status);
    }

    [Fact]
    public void Stopping_early_is_not_the_end()
    {
        DagCborReader reader = new([0x82, 0x01, 0x60]);
        Assert.True(reader.TryReadArrayStart(out _) && reader.TryReadUInt(out _));
        Assert.False(reader.End());
        Assert.Equal(DagCborStatus.Unfinished, reader.Status);
    }

    [Theory]
    [InlineData("1b8000000000000000")]
    [InlineData("3b8000000000000000")]
    public void An_integer_outside_long_fails_only_where_a_long_is_asked_for(string hex)
    {
        Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(Convert.FromHexString(hex)));
        DagCborReader reader = new(Convert.FromHexString(hex));
        Assert.False(reader.TryReadInt(out _));
        Assert.Equal(DagCborStatus.IntegerRange, reader.Status);
    }

    [Theory]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(255)]
    public void Keys_of_every_length_are_found(int length)
    {
        byte[] key = [.. Enumerable.Repeat((byte)'k', length)];
        DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText(key);
        writer.WriteNull();
        DagCborReader reader = new(writer.WrittenSpan);
        Assert.True(reader.TryReadMapStart(out _) && reader.TryReadKey(key) && reader.TryReadNull() && reader.End());
    }

    [Fact]
    public void The_validator_and_typed_reading_always_agree()
    {
        DagCborWriter writer = new();
        Random random = new(4);
        int valid = 0;
        for (int round = 0; round < 3_000; round++)
        {
            writer.Clear();
            WriteRandom(writer, random, depth: 0);
            byte[] block = writer.ToArray();
            Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(block));
            for (int i = 0; i < 10; i++)
            {
                byte[] mutated = [.. block];
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                mutated = mutated[..(mutated.Length - (random.Next(4) == 0 ? random.Next(mutated.Length) : 0))];
                DagCborOptions options = new() { ItemsMax = random.Next(1, 40), KeysMax = 4, NestingMax = 3, AllowFloats = i % 2 == 0, DaslLinksOnly = i % 3 == 0 };
                DagCborReader reader = new(mutated, options);
                while (reader.PeekKind() != DagCborKind.None && TryReadAny(ref reader))
                {
                }

                if (!reader.End() && reader.Status == DagCborStatus.Unfinished)
                {
                    DagCborReader again = new(mutated, options);
                    again.TrySkip(out _);
                    again.End();
                    Assert.Equal(again.Status, DagCbor.Validate(mutated, options));
                }
                else
                {
                    Assert.Equal(reader.Status, DagCbor.Validate(mutated, options));
                }

                valid += reader.Status == DagCborStatus.Valid ? 1 : 0;
            }
        }

        Assert.InRange(valid, 1_000, 29_000);
    }

    private static bool TryReadAny(ref DagCborReader reader) => reader.PeekKind() switch
    {
        DagCborKind.UInt => reader.TryReadUInt(out _),
        DagCborKind.NegativeInt => reader.TryReadNegative(out _),
        DagCborKind.Bytes => reader.TryReadBytes(out _),
        DagCborKind.Text => reader.TryReadText(out _),
        DagCborKind.Array => reader.TryReadArrayStart(out _),
        DagCborKind.Map => reader.TryReadMapStart(out _),
        DagCborKind.Cid => reader.TryReadCidBytes(out _),
        DagCborKind.Bool => reader.TryReadBool(out _),
        DagCborKind.Null => reader.TryReadNull(),
        _ => reader.TryReadFloat(out _),
    };

    private static void WriteRandom(DagCborWriter writer, Random random, int depth)
    {
        switch (random.Next(depth > 2 ? 7 : 9))
        {
            case 0:
                writer.WriteUInt((ulong)random.NextInt64() >> random.Next(64));
                break;
            case 1:
                writer.WriteInt(-(random.NextInt64() >> random.Next(63)));
                break;
            case 2:
                writer.WriteBytes(new byte[random.Next(300)]);
                break;
            case 3:
                writer.WriteText(new string((char)random.Next(' ', 400), random.Next(30)).AsSpan());
                break;
            case 4:
                writer.WriteCid(random.Next(2) == 0 ? Cid.ForDagCbor([1]) : Cid.Parse("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"));
                break;
            case 5:
                writer.WriteFloat(random.NextDouble());
                break;
            case 6:
                writer.WriteRaw([(byte)random.Next(0xf4, 0xf7)]);
                break;
            case 7:
                int count = random.Next(5);
                writer.WriteArrayStart(count);
                for (int i = 0; i < count; i++)
                {
                    WriteRandom(writer, random, depth + 1);
                }

                break;
            default:
                string[] keys = [.. Enumerable.Range(0, random.Next(5)).Select(_ => new string((char)random.Next('a', 'e'), random.Next(26))).Distinct()];
                Array.Sort(keys, (a, b) => DagCbor.CompareKeys(System.Text.Encoding.UTF8.GetBytes(a), System.Text.Encoding.UTF8.GetBytes(b)));
                writer.WriteMapStart(keys.Length);
                foreach (string key in keys)
                {
                    writer.WriteText(key.AsSpan());
                    WriteRandom(writer, random, depth + 1);
                }

                break;
        }
    }

    [Fact]
    public void The_writer_catches_the_callers_mistakes()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(2);
        writer.WriteText("b"u8);
        writer.WriteNull();
        writer.WriteText("a"u8);
        writer.WriteNull();
        Assert.Throws<InvalidOperationException>(() => writer.AssertCanonical());
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteFloat(double.NaN));
        Assert.ThrowsAny<ArgumentException>(() => writer.WriteText("\ud800".AsSpan()));
        Assert.Throws<OverflowException>(() => writer.WriteArrayStart(-1));
    }

    [Fact]
    public void Reading_and_writing_a_warm_block_allocates_nothing()
    {
        byte[] block = Convert.FromHexString("a3616102616201626161" + Link);
        DagCborWriter writer = new(256);
        Work(block, writer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Work(block, writer);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Work(byte[] block, DagCborWriter writer)
        {
            Assert.True(DagCbor.Validate(block) == DagCborStatus.Valid);
            writer.Clear();
            writer.WriteArrayStart(2);
            writer.WriteRaw(block);
            writer.WriteUInt(70_000);
        }
    }
}
