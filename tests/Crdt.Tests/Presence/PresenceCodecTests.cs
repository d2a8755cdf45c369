using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Presence;

namespace P2P.Crdt.Tests.Presence;

public sealed class PresenceCodecTests
{
    private static readonly Cid s_event = Cid.ForDagCbor([1]);

    public static TheoryData<string, PresenceRefusal> Refused => new()
    {
        { "", PresenceRefusal.Schema },
        { "a0", PresenceRefusal.Schema },
        { "a6616e01617602646e616d656361646166616e63686f72f666636f6c6f757218ff66637572736f72f6", PresenceRefusal.Version },
        { "bf616e01ff", PresenceRefusal.Schema },                                   // indefinite length
        { "bbffffffffffffffff", PresenceRefusal.Schema },                           // 2^64 - 1 keys
        { "a6616e1801617601", PresenceRefusal.Schema },                             // a number in a longer form than needed
        { "a6616e20617601", PresenceRefusal.Schema },                               // a negative number
        { "a6616e01617601646e616d65613e66616e63686f72", PresenceRefusal.Schema },   // cut off
        { "a6616e01617601646e616d6563610d0a66616e63686f72f6", PresenceRefusal.Name },
        { "a6616e01617601646e616d6563e280ae66616e63686f72f6", PresenceRefusal.Name }, // turns the direction of what follows
        { "a6616e01617601646e616d6561ff66616e63686f72f6", PresenceRefusal.Schema }, // no UTF-8
        { "a6616e01617601646e616d656066616e63686f7280", PresenceRefusal.Schema },   // a place without fields
    };

    [Fact]
    public void What_is_written_is_read_back_and_is_canonical()
    {
        PresenceMessage[] messages =
        [
            new(string.Empty, 0, null, null, 0),
            new("Zoë 🦊", 0xff8800, new PresencePlace(s_event, 7), null, 23),
            new(new string('ü', 32), PresenceCodec.ColourMax, new PresencePlace(s_event, 1_048_575), new PresencePlace(s_event, 0), ulong.MaxValue),
        ];
        foreach (PresenceMessage message in messages)
        {
            byte[] bytes = PresenceCodec.Encode(message);
            Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(bytes));
            Assert.Equal(PresenceRefusal.None, PresenceCodec.TryDecode(bytes, out PresenceMessage? read));
            Assert.Equal(message, read);
        }
    }

    [Fact]
    public void The_bytes_are_those_of_the_specification()
    {
        byte[] bytes = PresenceCodec.Encode(new PresenceMessage("ada", 0x0000ff, null, null, 1));
        Assert.Equal("a6616e01617601646e616d656361646166616e63686f72f666636f6c6f757218ff66637572736f72f6", Convert.ToHexStringLower(bytes));
        Assert.Equal($"/p2p/presence/1/{s_event}", PresenceCodec.TopicOf(s_event));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_message_is_refused_by_name(string hex, PresenceRefusal reason)
    {
        Assert.Equal(reason, PresenceCodec.TryDecode(Convert.FromHexString(hex), out PresenceMessage? message));
        Assert.Null(message);
    }

    [Fact]
    public void Long_names_other_colours_and_impossible_places_are_refused_by_name()
    {
        PresenceMessage good = new("ada", 1, new PresencePlace(s_event, 3), null, 9);
        Assert.Equal(PresenceRefusal.Name, Read(good with { Name = new string('a', 65) }));
        Assert.Equal(PresenceRefusal.Colour, Read(good with { Colour = PresenceCodec.ColourMax + 1 }));
        Assert.Equal(PresenceRefusal.Place, Read(good with { Cursor = new PresencePlace(s_event, 1_048_576) }));
        Assert.Equal(PresenceRefusal.Place, Read(good with { Anchor = new PresencePlace(Cid.ForRaw([1]), 0) }));
        Assert.Equal(PresenceRefusal.Size, Read(good with { Name = new string('a', 300) }));
        Assert.Equal(PresenceRefusal.Schema, PresenceCodec.TryDecode([.. PresenceCodec.Encode(good), 0], out _));
    }

    [Fact]
    public void Names_that_could_not_be_sent_are_known_before()
    {
        Assert.True(PresenceCodec.IsName(string.Empty));
        Assert.True(PresenceCodec.IsName(new string('ü', 32)));
        Assert.False(PresenceCodec.IsName(new string('ü', 33)));
        Assert.False(PresenceCodec.IsName("a\nb"));
        Assert.False(PresenceCodec.IsName("\ud800"));
        Assert.False(PresenceCodec.IsName("a\u2066b"));
    }

    [Fact]
    public void Every_flipped_bit_is_refused_or_reads_as_what_encodes_to_it()
    {
        byte[] good = PresenceCodec.Encode(new PresenceMessage("ada", 0x123456, new PresencePlace(s_event, 300), new PresencePlace(s_event, 2), 1 << 20));
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] flipped = (byte[])good.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (PresenceCodec.TryDecode(flipped, out PresenceMessage? read) == PresenceRefusal.None)
            {
                Assert.Equal(flipped, PresenceCodec.Encode(read!));
            }
            else
            {
                Assert.Null(read);
            }
        }
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        SeededChance chance = new(3);
        byte[] buffer = new byte[PresenceCodec.BytesMax + 8];
        for (int i = 0; i < 20_000; i++)
        {
            chance.Fill(buffer);
            int length = buffer[^1] % buffer.Length;
            Assert.NotEqual(PresenceRefusal.None, PresenceCodec.TryDecode(buffer.AsSpan(0, length), out _));
        }
    }

    private static PresenceRefusal Read(PresenceMessage message) => PresenceCodec.TryDecode(PresenceCodec.Encode(message), out _);
}
