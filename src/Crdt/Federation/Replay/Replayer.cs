using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Computes the state of a cut from nothing but blocks. Equal cuts give equal results everywhere.</summary>
/// <remarks>Spec: federation, section 4.</remarks>
public static class Replayer
{
    private const int BatchMax = 512;

    /// <summary>Replays a cut.</summary>
    /// <param name="cut">Head CIDs.</param>
    /// <param name="source">Where blocks are read.</param>
    /// <param name="options">How; null for the defaults.</param>
    public static async Task<ReplayResult> ReplayAsync(IEnumerable<Cid> cut, IContentSource source, ReplayOptions? options = null)
    {
        options ??= new ReplayOptions();
        CutWalk walk = CutWalk.From(cut, source);
        if (walk.Missing.Count > 0)
        {
            return new ReplayResult { Verdict = ReplayVerdict.Incomplete, Missing = [.. walk.Missing], Document = DocumentOf(walk) };
        }

        List<(Cid, InvalidReason)> unreadable = [.. walk.Unreadable.Select(static c => (c, InvalidReason.Schema))];
        if (options.VerifySignatures && unreadable.Count == 0)
        {
            unreadable.AddRange(ChainSignatures.FindUnauthentic(walk.Events).Select(static c => (c, InvalidReason.Signature)));
        }

        return unreadable.Count > 0
            ? new ReplayResult { Verdict = ReplayVerdict.Invalid, Refused = unreadable, Document = DocumentOf(walk) }
            : await ReplayAsync(walk.Genesis, walk.Events, source, options);
    }

    /// <summary>Replays a set that is closed under links.</summary>
    /// <param name="genesis">The document; null only for the empty set.</param>
    /// <param name="events">The set.</param>
    /// <param name="source">Where programs and inputs are read.</param>
    /// <param name="options">How; null for the defaults.</param>
    public static async Task<ReplayResult> ReplayAsync(
        Genesis? genesis, IReadOnlyList<Event> events, IContentSource source, ReplayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(events);
        options ??= new ReplayOptions();
        using Activity? activity = CrdtTraces.Source.StartActivity(CrdtTraces.Replay);
        activity?.SetTag("p2p.replay.events", events.Count).SetTag("p2p.replay.shards", options.Shards);
        ReplayResult result = await ReplayCoreAsync(genesis, events, source, options);
        if (result.Verdict != ReplayVerdict.Complete)
        {
            activity.Failed(result.Verdict);
        }

        return result;
    }

    private static async Task<ReplayResult> ReplayCoreAsync(Genesis? genesis, IReadOnlyList<Event> events, IContentSource source, ReplayOptions options)
    {
        VisibleSet? visible = genesis is null ? null : VisibleSet.Of(genesis, events);
        if (visible?.Refused.Count > 0)
        {
            return new ReplayResult { Verdict = ReplayVerdict.Invalid, Refused = visible.Refused, Document = genesis?.Cid ?? default };
        }

        IReadOnlyList<Event> ordered = options.Defects.HasFlag(DraftDefects.TolerateForks) ? events : visible?.Ordered ?? [];
        IReadOnlyList<ForkPoint> forks = visible?.Forks ?? [];
        if (options.Defects.HasFlag(DraftDefects.OrderBySequence))
        {
            ordered = [.. ordered.OrderBy(static e => e.Sequence).ThenBy(static e => e.Cid)];
        }

        FederationFold fold = new(options.Defects) { Limits = options.Limits };
        List<AuthorPosition> authors = Survey(ordered, fold);
        await FoldAsync(ordered, fold, options);
        Cid[] order = OrderOf(ordered);
        FoldOutcome outcome = fold.Settle(forks, source);
        return new ReplayResult
        {
            Verdict = outcome.State is not null ? ReplayVerdict.Complete
                : outcome.Missing.Count > 0 ? ReplayVerdict.Incomplete
                : ReplayVerdict.TooLarge,
            TooLarge = outcome.TooLarge,
            Document = genesis?.Cid ?? default,
            State = outcome.State,
            Missing = outcome.Missing,
            OrderHash = HashOf(order, options.Defects),
            Count = (ulong)order.Length,
            Order = order,
            Authors = authors,
            Forks = forks,
            Refuted = outcome.State is null ? [] : fold.Refuted(),
            Fold = outcome.State is null ? null : fold,
        };
    }

    private static Cid DocumentOf(CutWalk walk) => walk.Events.Count > 0 ? walk.Events[0].Document : default;

    // Decoding and hashing, which is most of the work, is done shard by shard and, so that memory does not grow with the set, batch by batch. Everyone puts
    // what it made at the event's own place, so the one order needs no merge.
    private static async Task FoldAsync(IReadOnlyList<Event> ordered, FederationFold fold, ReplayOptions options)
    {
        FoldInput[] batch = new FoldInput[Math.Min(BatchMax, ordered.Count)];
        for (int from = 0; from < ordered.Count; from += batch.Length)
        {
            int count = Math.Min(batch.Length, ordered.Count - from);
            if (options.Shards == 1)
            {
                Decode(Enumerable.Range(from, count), ordered, batch, from);
            }
            else
            {
                int first = from;
                List<int>[] shards = ShardMap.Deal(Enumerable.Range(from, count), at => ordered[at].Cid, options.Shards);
                await ShardWork.MapAsync(shards, options.Threads, options.Spawner, shard => Decode(shard, ordered, batch, first));
            }

            foreach (ref FoldInput item in batch.AsSpan(0, count))
            {
                fold.Apply(in item);
            }
        }
    }

    private static int Decode(IEnumerable<int> places, IReadOnlyList<Event> ordered, FoldInput[] batch, int from)
    {
        int decoded = 0;
        foreach (int place in places)
        {
            batch[place - from] = FoldInput.Of(ordered[place]);
            decoded++;
        }

        return decoded;
    }

    private static Cid[] OrderOf(IReadOnlyList<Event> ordered)
    {
        Cid[] order = new Cid[ordered.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = ordered[i].Cid;
        }

        return order;
    }

    private static EventDigest HashOf(Cid[] order, DraftDefects defects)
    {
        if (defects.HasFlag(DraftDefects.DictionaryOrder))
        {
            order = [.. order.GroupBy(static c => c.GetHashCode() & 7).OrderBy(static g => g.Key).SelectMany(static g => g)];
        }

        // Names are collected: a call into the hash costs more than to hash one.
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BatchMax * EventLimits.LinkBytes];
        int length = 0;
        foreach (Cid cid in order)
        {
            if (length + cid.Bytes.Length > buffer.Length)
            {
                hash.AppendData(buffer, 0, length);
                length = 0;
            }

            cid.Bytes.CopyTo(buffer.AsSpan(length));
            length += cid.Bytes.Length;
        }

        hash.AppendData(buffer, 0, length);
        return EventDigest.Read(hash.GetHashAndReset());
    }

    // How far each author reaches; and how much room the fold will need.
    private static List<AuthorPosition> Survey(IReadOnlyList<Event> events, FederationFold fold)
    {
        Dictionary<EventDigest, Event> highest = [];
        (int artifacts, int edges) = (0, 0);
        for (int i = 0; i < events.Count; i++)
        {
            Event next = events[i];
            artifacts += next.Type == FederationTypes.Artifact ? 1 : 0;
            edges += next.Type == FederationTypes.Edge ? 1 : 0;
            ref Event? known = ref CollectionsMarshal.GetValueRefOrAddDefault(highest, Clock.EventGraph.KeyOf(next.Author.Span), out _);
            if (known is null || next.Sequence > known.Sequence || (next.Sequence == known.Sequence && next.Cid.CompareTo(known.Cid) < 0))
            {
                known = next;
            }
        }

        fold.Reserve(events.Count, artifacts, edges);
        return
        [
            .. highest.Values.Select(static e => new AuthorPosition(e.Author.ToArray(), e.Sequence, e.Cid))
                .OrderBy(static p => p.Author, Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span))),
        ];
    }
}
