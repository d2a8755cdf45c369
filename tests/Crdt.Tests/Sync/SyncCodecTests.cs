using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>Frames: exact bytes, round trips, refusals by name.</summary>
public sealed class SyncCodecTests
{
    private static readonly Cid s_document = Author.Genesis.Cid;

    [Fact]
    public void The_shortest_messages_have_exactly_these_bytes()
    {
        string document = Convert.ToHexStringLower(s_document.Bytes);

        Assert.Equal($"85046750" + "61636b456e64" + $"d82a582500{document}" + "1864" + "80", Hex(new PackEndMessage(s_document, 100, [])));
        Assert.Equal($"8407" + "6552616e6765" + $"d82a582500{document}" + "80", Hex(new RangeMessage(s_document, [])));
        Assert.Equal("8409" + "654572726f72" + "0d" + "6161", Hex(new ErrorMessage(13, "a")));
        Assert.Equal("8508" + "66446967657374" + "00" + "40" + "815820" + new string('0', 64), Hex(new DigestMessage(0, default, [default])));
        Assert.Equal("8401" + "644f70656e" + "50" + new string('0', 32) + "80", Hex(new SummaryMessage(true, new byte[16], [])));
        Assert.Equal("8402" + "6448617665" + "50" + new string('0', 32) + "80", Hex(new SummaryMessage(false, new byte[16], [])));
    }

    [Fact]
    public void Every_message_reads_back_and_writes_the_same_bytes()
    {
        foreach (SyncMessage message in Samples())
        {
            byte[] frame = SyncCodec.Write(message);

            Assert.Equal(SyncRefusal.None, SyncCodec.TryRead(frame, out SyncMessage? read));
            Assert.Equal(message.GetType(), read!.GetType());
            Assert.Equal(Convert.ToHexString(frame), Convert.ToHexString(SyncCodec.Write(read)));
        }
    }

    [Fact]
    public void A_pack_rebuilds_the_exact_blocks_in_half_their_bytes()
    {
        List<Event> events = SyncDags.Busy(500, 5, seed: 1, bodyBytes: 40);
        byte[] frame = SyncCodec.Write(new PackMessage(s_document, events));

        Assert.Equal(SyncRefusal.None, SyncCodec.TryRead(frame, out SyncMessage? read));
        Event[] back = [.. ((PackMessage)read!).Events];
        Assert.Equal(events.Select(static e => e.Cid), back.Select(static e => e.Cid));
        Assert.All(back.Zip(events), static pair => Assert.True(pair.First.Bytes.Span.SequenceEqual(pair.Second.Bytes.Span)));
        Assert.InRange(frame.Length, 1, events.Sum(static e => e.Bytes.Length) * 6 / 10);
    }

    [Fact]
    public void The_deepest_body_and_the_longest_list_of_links_travel_in_a_pack()
    {
        byte[] deepest = [.. Enumerable.Range(0, 30).SelectMany(static _ => new byte[] { 0xa1, 0x61, (byte)'x' }), 0xa0];
        List<Event> many = [.. Enumerable.Range(0, 64).Select(static i => new Author(300 + i).Write())];
        Event deep = new Author(1).Write(deps: many, change: draft => draft.Body = deepest);

        byte[] frame = SyncCodec.Write(new PackMessage(s_document, [.. many, deep]));

        Assert.Equal(SyncRefusal.None, SyncCodec.TryRead(frame, out SyncMessage? read));
        Assert.Equal(deep.Cid, ((PackMessage)read!).Events[^1].Cid);
    }

    [Fact]
    public void Each_refusal_has_its_name()
    {
        Cid[] cids = [.. Enumerable.Range(0, 300).Select(static i => Cid.ForDagCbor(BitConverter.GetBytes(i))).Order()];
        SyncAuthor[] authors = [.. cids.Take(257).Select(static (c, i) => new SyncAuthor(EventDigest.Sha256(c.Bytes), (ulong)(1_000 - i), c))];
        SyncSummary summary = new(s_document, [], [], default, 0);

        AssertRefused(SyncRefusal.Malformed, []);
        AssertRefused(SyncRefusal.Malformed, [0x84, 0x09]);
        AssertRefused(SyncRefusal.UnknownMessage, [0x83, 0x0a, 0x61, (byte)'x', 0x00]);
        AssertRefused(SyncRefusal.Malformed, [.. SyncCodec.Write(new ErrorMessage(1, "x")), 0]);
        AssertRefused(SyncRefusal.TooLong, SyncCodec.Write(new ErrorMessage(1, new string('x', SyncProtocol.ErrorBytesMax))));
        AssertRefused(SyncRefusal.TooMany, SyncCodec.Write(new GetMessage(s_document, cids[..257])));
        AssertRefused(SyncRefusal.Malformed, SyncCodec.Write(new GetMessage(s_document, [])));
        AssertRefused(SyncRefusal.TooMany, SyncCodec.Write(new PackEndMessage(s_document, 1, cids[..65])));
        AssertRefused(SyncRefusal.Unordered, SyncCodec.Write(new PackEndMessage(s_document, 1, [cids[1], cids[0]])));
        AssertRefused(SyncRefusal.TooMany, Open(summary with { Authors = authors }));
        AssertRefused(SyncRefusal.Unordered, Open(summary with { Authors = [authors[1], authors[0]] }));
        AssertRefused(SyncRefusal.Malformed, Open(summary with { Authors = [authors[0] with { Sequence = 0 }] }));
        AssertRefused(SyncRefusal.Malformed, SyncCodec.Write(new SummaryMessage(true, new byte[16], [summary, summary])));
        AssertRefused(SyncRefusal.TooMany, SyncCodec.Write(new SummaryMessage(true, new byte[16], [.. Enumerable.Repeat(summary, 1_025)])));
        AssertRefused(SyncRefusal.Unordered, SyncCodec.Write(new RangeMessage(s_document, [Entry(2, cids[0]), Entry(1, cids[0])])));
        AssertRefused(SyncRefusal.TooMany, SyncCodec.Write(new RangeMessage(s_document, [Entry(1, cids[0]) with { Mode = RangeMode.List, Ids = cids[..33] }])));
        AssertRefused(SyncRefusal.TooMany, SyncCodec.Write(new DigestMessage(1, default, [default])));
        AssertRefused(SyncRefusal.Malformed, SyncCodec.Write(new DigestMessage(2, new byte[] { 16 }, new EventDigest[16])));
        AssertRefused(SyncRefusal.Malformed, SyncCodec.Write(new DigestMessage(2, default, new EventDigest[16])));
    }

    [Fact]
    public void A_pack_that_grows_out_of_proportion_is_refused()
    {
        // Sixty-four links of three bytes each become 2.6 KB in the block: a frame of its full length would unpack to many megabytes.
        List<Event> many = [.. Enumerable.Range(0, 64).Select(static i => new Author(300 + i).Write())];
        List<Event> pack = [.. many];
        for (int i = 0; i < 600; i++)
        {
            pack.Add(new Author(400 + i).Write(deps: many));
        }

        AssertRefused(SyncRefusal.Amplified, SyncCodec.Write(new PackMessage(s_document, pack)));
    }

    [Fact]
    public void Hostile_bytes_never_throw_and_never_allocate_out_of_proportion()
    {
        SeededChance chance = new(77);
        byte[][] frames = [.. Samples().Select(SyncCodec.Write)];
        for (int round = 0; round < 20_000; round++)
        {
            byte[] frame = Mutate(frames[chance.Below(frames.Length)], frames, chance);
            long before = GC.GetAllocatedBytesForCurrentThread();
            SyncRefusal refusal = SyncCodec.TryRead(frame, out SyncMessage? message);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.Equal(refusal == SyncRefusal.None, message is not null);
            bool isPack = frame.Length > 1 && frame[1] == 3;
            Assert.True(allocated <= ((isPack ? 32 : 16) * frame.Length) + (64 * 1024), $"round {round}: {allocated} bytes for {frame.Length}");
            if (message is PackMessage pack)
            {
                // The table of authors may be in another order: the blocks are what counts, and each has its own hash.
                Assert.Equal(SyncRefusal.None, SyncCodec.TryRead(SyncCodec.Write(pack), out SyncMessage? again));
                Assert.Equal(pack.Events.Select(static e => e.Cid), ((PackMessage)again!).Events.Select(static e => e.Cid));
            }
            else if (message is not null)
            {
                Assert.Equal(Convert.ToHexString(frame), Convert.ToHexString(SyncCodec.Write(message)));
            }
        }
    }

    private static byte[] Mutate(byte[] seed, byte[][] others, SeededChance chance)
    {
        byte[] frame = [.. seed];
        for (int i = chance.Below(4); i >= 0 && frame.Length > 0; i--)
        {
            int at = chance.Below(frame.Length);
            switch (chance.Below(5))
            {
                case 0:
                    frame[at] ^= (byte)(1 << chance.Below(8));
                    break;
                case 1:
                    frame[at] = (byte)chance.Below(256);
                    break;
                case 2:
                    frame = frame[..at];
                    break;
                case 3:
                    frame = [.. frame[..at], 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. frame[at..]];
                    break;
                default:
                    byte[] other = others[chance.Below(others.Length)];
                    frame = [.. frame[..at], .. other[chance.Below(other.Length)..]];
                    break;
            }
        }

        return frame;
    }

    private static IEnumerable<SyncMessage> Samples()
    {
        List<Event> events = SyncDags.Busy(12, 3, seed: 2);
        Cid[] cids = [.. events.Select(static e => e.Cid).Order()];
        SyncAuthor[] authors = [.. events.Select(static e => new SyncAuthor(Clock.EventGraph.KeyOf(e.Author.Span), e.Sequence, e.Cid)).Order()];
        yield return new SummaryMessage(true, new byte[16], [new SyncSummary(s_document, cids, authors, EventDigest.Sha256([1]), 12)]);
        yield return new SummaryMessage(false, new byte[16], []);
        yield return new PackMessage(s_document, events);
        yield return new PackEndMessage(s_document, 12, cids);
        yield return new GetMessage(s_document, cids);
        yield return new BlocksMessage(s_document, [events[0].Bytes, null, events[1].Bytes]);
        yield return new RangeMessage(s_document, [Entry(1, cids[0]), Entry(2, cids[0]) with { Mode = RangeMode.Skip }, Entry(3, cids[0]) with { Mode = RangeMode.List, Ids = cids }]);
        yield return new DigestMessage(3, new byte[] { 1, 15 }, [.. Enumerable.Range(0, 16).Select(static i => EventDigest.Sha256([(byte)i]))]);
        yield return new ErrorMessage(3, "TooLong");
    }

    private static RangeEntry Entry(ulong height, Cid bound) => new(height, bound, RangeMode.Fingerprint, 0, 0, []);

    private static byte[] Open(SyncSummary summary) => SyncCodec.Write(new SummaryMessage(true, new byte[16], [summary]));

    private static string Hex(SyncMessage message) => Convert.ToHexStringLower(SyncCodec.Write(message));

    private static void AssertRefused(SyncRefusal refusal, byte[] frame)
    {
        Assert.Equal(refusal, SyncCodec.TryRead(frame, out SyncMessage? message));
        Assert.Null(message);
    }
}
