using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Tests.Events;

namespace P2P.Crdt.Tests.Replication;

/// <summary>More rows of the replica specification, section 15: bytes, packs and announcements nobody honest sends.</summary>
public sealed class HostileInputTests
{
    [Theory]
    [InlineData("body", "a261620161610 1")] // keys not sorted
    [InlineData("body", "a2616101616101")] // a key twice
    [InlineData("h", "1801")] // an integer longer than need be
    [InlineData("body", "bfff")] // a map of indefinite length
    [InlineData("body", "a16178c101")] // a tag other than 42
    [InlineData("body", "a16178f7")] // undefined
    [InlineData("body", "a16178fb3ff0000000000000")] // a float
    [InlineData("trailing", "00")] // a byte behind the end
    public void Row_04_what_is_not_canonical_is_refused_as_encoding(string field, string hex)
    {
        byte[] raw = Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));
        byte[] block = field == "trailing" ? [.. new RawEvent().Build(), .. raw] : new RawEvent().With(field, raw).Build();
        CoreBench bench = new();

        EventVerdict verdict = bench.Give(block, AdversarialTests.Peer(1));

        Assert.Equal(EventVerdict.Invalid(InvalidReason.Encoding), verdict);
        Assert.True(verdict.CostsSender);
        Assert.Equal(0, bench.Core.Verifications);
    }

    [Fact]
    public void Row_05_depth_bombs_and_giant_counts_are_refused_before_memory_is_taken()
    {
        byte[][] bodies =
        [
            [0xa1, 0x61, 0x78, .. Enumerable.Repeat((byte)0x81, 10_000), 0x01], // nested 10,000 deep
            [0xba, 0xff, 0xff, 0xff, 0xff], // a map of 2^32 - 1 keys
            [0xa1, 0x61, 0x78, 0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0], // 2^63 bytes
            [0xa1, 0x61, 0x78, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // 2^63 - 1 items
        ];
        CoreBench bench = new();
        foreach (byte[] body in bodies)
        {
            byte[] block = new RawEvent().With("body", body).Build();
            EventCodec.TryDecode(block, default, out _, out _); // warm
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.False(EventCodec.TryDecode(block, default, out _, out _));
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_024);
            Assert.Equal(EventVerdictKind.Invalid, bench.Give(block, AdversarialTests.Peer(1)).Kind);
        }

        Assert.Empty(bench.Core.State.Graph.ByArrival);
    }

    [Fact]
    public void Row_06_a_block_of_one_byte_too_many_is_refused_by_size_alone()
    {
        CoreBench bench = new();

        Assert.Equal(EventVerdict.Invalid(InvalidReason.Size), bench.Give(new byte[EventLimits.BlockBytesMax + 1], AdversarialTests.Peer(1)));
        Assert.Equal(0, bench.Core.Pool.Bytes);
    }

    [Fact]
    public void Row_42_a_flood_of_random_heads_is_sought_a_bounded_number_of_times_and_silences_nothing()
    {
        const int Peers = 20;
        CoreBench bench = new(static o => o with { Broadcaster = new MemoryWire().Connect(1) });
        bench.Give(new Author(1).Write());
        SeededChance chance = new(42);
        long sought = 0;
        int announced = 0;
        byte[] random = new byte[32];
        for (int second = 0; second < 600; second++)
        {
            for (int peer = 0; peer < Peers; peer++)
            {
                chance.Fill(random);
                Cid[] heads = [.. Enumerable.Range(0, 64).Select(i => Cid.ForDagCbor(SHA256.HashData([.. random, (byte)i]))).Order()];
                bench.Step(new AnnouncedInput(new Announcement(Author.Genesis.Cid, heads, EventDigest.Sha256(random), 1), AdversarialTests.Peer(peer)));
            }

            bench.Tick(TimeSpan.FromSeconds(second));
            foreach (SyncEffect sync in bench.Effects.OfType<SyncEffect>().ToList())
            {
                bench.Step(new SyncedInput(sync.Peer));
            }

            foreach (FetchEffect fetch in bench.Effects.OfType<FetchEffect>().ToList())
            {
                sought += fetch.Cids.Count;
                bench.Step(new FetchedInput(fetch.Cids, new Event?[fetch.Cids.Count]));
            }

            announced += bench.Effects.OfType<BroadcastEffect>().Count();
            bench.Effects.Clear();
        }

        // 768,000 heads were named. 64 at once for each peer, each looked for three times over seven seconds or more.
        Assert.InRange(sought, 1, Peers * 64 * 3 * (600 / 3));
        Assert.True(sought < Peers * 64 * 600 / 2, $"{sought} of {Peers * 64 * 600} were sought.");
        Assert.True(announced >= 3, $"{announced} announcements of our own in ten minutes");
        Assert.Equal(0, bench.Core.Peers.Confirming);
        Assert.Single(bench.Core.PublishedHeads);
    }

    [Fact]
    public void Row_43_a_pack_without_one_valid_signature_costs_sixteen_checks_and_leaves_nothing()
    {
        CoreBench bench = new();
        UnsignedAuthor author = new(77);
        List<Event> chain = [];
        for (int i = 0; i < 10_000; i++)
        {
            chain.Add(author.Write((ulong)i + 1, i == 0 ? default : chain[^1].Cid, (ulong)i + 1));
        }

        List<EventVerdict> verdicts = bench.GivePack(chain, AdversarialTests.Peer(1));

        Assert.Equal(16, bench.Core.Verifications);
        Assert.DoesNotContain(verdicts, static v => v.Kind is EventVerdictKind.Accepted or EventVerdictKind.Pending);
        Assert.Equal(0, bench.Core.Pool.Count);
        Assert.Empty(bench.Core.PublishedHeads);
    }
}
