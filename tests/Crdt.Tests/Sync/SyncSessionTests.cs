using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>Sessions between honest sides, counted at message level.</summary>
public sealed class SyncSessionTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    public void Ten_thousand_missing_events_of_twenty_thousand_arrive_in_three_round_trips_and_5_percent(int replicas)
    {
        List<Event> all = SyncDags.Busy(20_000, replicas, seed: 4);
        SyncSide behind = new(1);
        SyncSide ahead = new(2);
        behind.Give(all.Take(10_000));
        ahead.Give(all);
        long payload = all.Skip(10_000).Sum(static e => (long)e.Bytes.Length);

        SyncWire wire = new SyncWire(behind, ahead).Run();

        Assert.Equal(ahead.Replica.State, behind.Replica.State);
        Assert.True(behind.Session.Report.IsComplete);
        Assert.Equal(10_000, behind.Session.Report.EventsAccepted);
        Assert.Equal(0, behind.Session.Report.EventsWasted);
        Assert.InRange(wire.Flights, 1, 6);
        Assert.InRange(behind.Session.Report.RoundTrips, 1, 3);
        Assert.InRange(behind.BytesSent + ahead.BytesSent, 1, payload * 105 / 100);
        Assert.InRange(wire.FrameBytesMost, 1, 256 * 1024);
    }

    [Fact]
    public void Whoever_opens_both_sides_end_equal()
    {
        List<Event> all = SyncDags.Busy(600, 5, seed: 9);
        foreach (bool aheadOpens in new[] { false, true })
        {
            SyncSide behind = new(1);
            SyncSide ahead = new(2);
            behind.Give(all.Take(200));
            ahead.Give(all);

            _ = (aheadOpens ? new SyncWire(ahead, behind) : new SyncWire(behind, ahead)).Run();

            Assert.Equal(ahead.Replica.State, behind.Replica.State);
            Assert.Equal(SyncRefusal.None, ahead.Session.Report.Refusal);
            Assert.Equal(SyncRefusal.None, behind.Session.Report.Refusal);
        }
    }

    [Fact]
    public void Two_random_halves_end_equal_and_cost_little_more_than_their_difference()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            SeededChance chance = new(seed);
            List<Event> all = RandomHistory.Make(chance, 60, 4, forks: false);
            SyncSide left = new(1);
            SyncSide right = new(2);
            HashSet<Cid> forLeft = Closed(all, chance);
            HashSet<Cid> forRight = Closed(all, chance);
            left.Give(all.Where(e => forLeft.Contains(e.Cid)));
            right.Give(all.Where(e => forRight.Contains(e.Cid)));
            long difference = all.Where(e => forLeft.Contains(e.Cid) != forRight.Contains(e.Cid)).Sum(static e => (long)e.Bytes.Length);

            _ = new SyncWire(left, right).Run();

            Assert.True(left.Replica.State == right.Replica.State, $"seed {seed}");
            Assert.Equal(forLeft.Union(forRight).Count(), left.Replica.Core.State.Graph.ByArrival.Count);
            Assert.True(left.BytesSent + right.BytesSent <= (difference * 105 / 100) + 4_000, $"seed {seed}");
        }
    }

    [Fact]
    public void Forks_and_their_proofs_reach_the_other_side_whatever_each_half_knew()
    {
        for (ulong seed = 1; seed <= 150; seed++)
        {
            SeededChance chance = new(seed);
            List<Event> all = RandomHistory.Make(chance, 40, 4, forks: true);
            SyncSide left = new(1);
            SyncSide right = new(2);
            HashSet<Cid> forLeft = Closed(all, chance);
            HashSet<Cid> forRight = Closed(all, chance);
            left.Give(all.Where(e => forLeft.Contains(e.Cid)));
            right.Give(all.Where(e => forRight.Contains(e.Cid)));

            _ = new SyncWire(left, right).Run();
            _ = new SyncWire(right, left).Run();

            Assert.True(left.Replica.Core.PublishedFrontier == right.Replica.Core.PublishedFrontier, $"seed {seed}");
            Assert.Equal(left.Replica.State, right.Replica.State);
        }
    }

    [Fact]
    public void A_thousand_documents_in_one_message_are_compared_in_one_round_trip()
    {
        Genesis[] documents = [.. Enumerable.Range(0, 1_000).Select(static i => Genesis.Create("test", $"document {i}"))];
        SyncSide left = new(1, documents);
        SyncSide right = new(2, documents);
        List<Event> events = [.. documents.Select(static d => new Author(1).Write(change: draft => draft.Document = d.Cid))];
        left.Give(events);
        right.Give(events.Take(990));

        SyncWire wire = new SyncWire(right, left).Run();

        Assert.Equal(1, right.Session.Report.RoundTrips);
        Assert.Equal(990, right.Session.Report.DocumentsEqual);
        Assert.Equal(10, right.Session.Report.EventsAccepted);
        Assert.InRange(wire.Flights, 1, 3);
        Assert.All(documents, d => Assert.Equal(left.Documents[d.Cid].State, right.Documents[d.Cid].State));
    }

    [Fact]
    public void Ten_thousand_equal_dormant_documents_are_compared_in_one_round_trip_and_200_bytes()
    {
        SyncSide left = new(1);
        SyncSide right = new(2);
        left.Dormant.AddRange(Dormant(10_000));
        right.Dormant.AddRange(Dormant(10_000));

        SyncWire wire = new SyncWire(left, right).Run(comparesDormant: true);

        Assert.Equal(2, wire.Flights);
        Assert.Equal(1, left.Session.Report.RoundTrips);
        Assert.Equal(10_000, left.Session.Report.DocumentsEqual);
        Assert.InRange(left.BytesSent + right.BytesSent, 1, 200);
    }

    [Fact]
    public void Dormant_documents_that_differ_are_found_and_synced_and_no_other_is_named()
    {
        Genesis[] documents = [.. Enumerable.Range(0, 3).Select(static i => Genesis.Create("test", $"dormant {i}"))];
        SyncSide left = new(1, documents);
        SyncSide right = new(2, documents);
        Event news = new Author(1).Write(change: draft => draft.Document = documents[1].Cid);
        right.Give([news]);
        foreach ((SyncSide side, int mark) in new[] { (left, 0), (right, 1) })
        {
            side.Dormant.AddRange(Dormant(2_000));
            side.Dormant.AddRange(documents.Select(d => (d.Cid, side.Documents[d.Cid].Core.PublishedFrontier)));
            Assert.Equal(mark, side.Documents[documents[1].Cid].Published.Count);
        }

        HashSet<Cid> named = [];
        _ = new SyncWire(left, right)
        {
            Tamper = (_, message) =>
            {
                named.UnionWith(message is SummaryMessage summary ? summary.Documents.Select(static d => d.Document) : []);
                return message;
            },
        }.Run(comparesDormant: true);

        Assert.Equal([documents[1].Cid], named);
        Assert.Single(left.Documents[documents[1].Cid].Published);
    }

    [Fact]
    public void More_authors_than_a_message_lists_are_reconciled_by_ranges_and_requests()
    {
        List<Event> all = [.. Enumerable.Range(0, 700).Select(static i => new Author(1_000 + i).Write())];
        SyncSide left = new(1);
        SyncSide right = new(2);
        left.Give(all.Where(static (_, i) => i % 10 != 0));
        right.Give(all.Where(static (_, i) => i % 7 != 0));

        SyncWire wire = new SyncWire(left, right).Run();

        Assert.Equal(1, left.Session.Report.DocumentsRanged);
        Assert.Equal(690, left.Replica.Core.State.Graph.ByArrival.Count); // ten are on neither side
        Assert.Equal(left.Replica.State, right.Replica.State);
        Assert.InRange(wire.Flights, 1, 10);
    }

    [Fact]
    public void A_stream_cut_after_any_message_loses_nothing_and_the_next_session_brings_the_rest_only()
    {
        List<Event> all = SyncDags.Busy(400, 4, seed: 3);
        SyncOptions small = new() { FirstFrameBytes = 1_000, PackFrameBytes = 4_000 };
        SyncSide whole = Behind(all, small);
        int messages = new SyncWire(whole, Ahead(all, small)).Run().Messages;
        Assert.True(messages > 20);
        for (int cut = 1; cut < messages; cut++)
        {
            SyncSide behind = Behind(all, small);
            SyncSide ahead = Ahead(all, small);
            _ = new SyncWire(behind, ahead) { CutAfter = cut }.Run();
            int have = behind.Replica.Core.State.Graph.ByArrival.Count;
            Assert.Equal(0, behind.Replica.Core.Pool.Count);

            _ = new SyncWire(behind, ahead).Run();

            Assert.Equal(ahead.Replica.State, behind.Replica.State);
            Assert.Equal(all.Count - have, behind.Session.Report.EventsAccepted);
            Assert.Equal(0, behind.Session.Report.EventsWasted);
        }
    }

    [Fact]
    public void A_reader_that_does_not_read_costs_two_frames_of_memory()
    {
        List<Event> all = SyncDags.Busy(2_000, 3, seed: 5);
        SyncOptions small = new() { FirstFrameBytes = 4_000, PackFrameBytes = 4_000 };
        SyncSide behind = Behind(all, small);
        SyncSide ahead = Ahead(all, small);
        ahead.IsStuck = true;
        ahead.Open(isOpener: false, nonce: 2);
        behind.Open(isOpener: true, nonce: 1);
        ahead.Step(new SyncReceived(behind.Outbox.Dequeue(), 1));

        Assert.InRange(ahead.Outbox.OfType<PackMessage>().Count(), 1, small.FramesUnsentMax);

        ahead.Now = small.IdleTimeout;
        ahead.Step(new SyncTicked());
        Assert.Equal(SyncRefusal.Stalled, ahead.Session.Report.Refusal);
    }

    [Fact]
    public void A_slow_disk_stops_the_reading_and_nothing_is_lost()
    {
        List<Event> all = SyncDags.Busy(2_000, 3, seed: 6);
        SyncOptions small = new() { FirstFrameBytes = 4_000, PackFrameBytes = 4_000 };
        SyncSide behind = Behind(all, small);
        SyncSide ahead = Ahead(all, small);
        behind.IsSlow = true;
        ahead.Open(isOpener: false, nonce: 2);
        behind.Open(isOpener: true, nonce: 1);
        Queue<SyncMessage> underWay = [];
        int most = 0;
        while (!behind.HasClosed)
        {
            while (behind.Outbox.TryDequeue(out SyncMessage? said))
            {
                ahead.Step(new SyncReceived(said, 1));
            }

            foreach (SyncMessage message in ahead.Outbox)
            {
                underWay.Enqueue(message);
            }

            ahead.Outbox.Clear();
            while (behind.Session.WantsMore && underWay.TryDequeue(out SyncMessage? next))
            {
                behind.Step(new SyncReceived(next, 1));
            }

            most = Math.Max(most, behind.Inserting.Count);
            if (behind.Inserting.TryDequeue(out InsertBlocks? insert))
            {
                behind.Step(behind.Insert(insert));
            }
        }

        Assert.Equal(small.InsertsInFlightMax, most);
        Assert.Equal(ahead.Replica.State, behind.Replica.State);
    }

    [Fact]
    public void Cold_sync_verifies_one_signature_per_author_and_frame()
    {
        List<Event> all = SyncDags.Busy(5_000, 4, seed: 8);
        SyncSide fresh = new(1);
        SyncSide ahead = Ahead(all, new SyncOptions());

        int frames = 0;
        _ = new SyncWire(fresh, ahead)
        {
            Tamper = (_, message) =>
            {
                frames += message is PackMessage ? 1 : 0;
                return message;
            },
        }.Run();

        Assert.Equal(ahead.Replica.State, fresh.Replica.State);
        Assert.InRange(fresh.Replica.Core.Verifications, 4, 4 * frames);
    }

    [Fact]
    public void A_block_with_a_bad_signature_is_accepted_when_a_later_frame_vouches_for_it()
    {
        List<Event> chain = SyncDags.ChainWithBadSignatures(40, bad: 20);
        SyncOptions small = new() { FirstFrameBytes = 1_000, PackFrameBytes = 1_000 };
        SyncSide ahead = new(2) { Options = small };
        ahead.Give(chain);
        Assert.Equal(40, ahead.Replica.Core.State.Graph.ByArrival.Count);
        SyncSide fresh = new(1) { Options = small };

        _ = new SyncWire(fresh, ahead).Run();

        Assert.Equal(ahead.Replica.State, fresh.Replica.State);
        Assert.True(fresh.Session.Report.IsComplete);
    }

    private static SyncSide Behind(List<Event> all, SyncOptions options)
    {
        SyncSide side = new(1) { Options = options };
        side.Give(all.Take(all.Count / 4));
        return side;
    }

    private static SyncSide Ahead(List<Event> all, SyncOptions options)
    {
        SyncSide side = new(2) { Options = options };
        side.Give(all);
        return side;
    }

    private static IEnumerable<(Cid Document, EventDigest Frontier)> Dormant(int count) => Enumerable.Range(0, count)
        .Select(static i => (Cid.ForDagCbor(BitConverter.GetBytes(i)), EventDigest.Sha256(BitConverter.GetBytes(~i))));

    // A random subset closed under links.
    internal static HashSet<Cid> Closed(List<Event> all, SeededChance chance)
    {
        HashSet<Cid> closed = [];
        int unlikely = 2 + chance.Below(12);
        foreach (Event candidate in all)
        {
            bool linked = (candidate.Previous.IsNone || closed.Contains(candidate.Previous)) && candidate.Dependencies.All(closed.Contains);
            if (linked && chance.Below(unlikely) > 0)
            {
                closed.Add(candidate.Cid);
            }
        }

        return closed;
    }
}
