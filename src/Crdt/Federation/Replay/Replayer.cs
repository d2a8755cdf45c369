using System.Diagnostics;
using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Computes the state of a cut from nothing but blocks. Equal cuts give equal results everywhere.</summary>
/// <remarks>Spec: federation, section 4.</remarks>
public static class Replayer
{
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
        List<FoldItem> items = await DecodeAsync(ordered, options);
        FederationFold fold = new(options.Defects) { Limits = options.Limits };
        fold.Reserve(items.Count);
        items.ForEach(fold.Apply);
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
            OrderHash = HashOf(items, options.Defects),
            Count = (ulong)items.Count,
            Order = items.ConvertAll(static i => i.Cid),
            Authors = PositionsOf(ordered),
            Forks = forks,
            Refuted = outcome.State is null ? [] : fold.Refuted(),
            Fold = outcome.State is null ? null : fold,
        };
    }

    private static Cid DocumentOf(CutWalk walk) => walk.Events.Count > 0 ? walk.Events[0].Document : default;

    // Decoding and hashing, which is most of the work, is done shard by shard; the merge restores the one order.
    private static async Task<List<FoldItem>> DecodeAsync(IReadOnlyList<Event> ordered, ReplayOptions options)
    {
        List<Event>[] shards = ShardMap.Deal(ordered, static e => e.Cid, options.Shards);
        List<FoldItem>[] decoded = await ShardWork.MapAsync(
            shards, options.Threads, options.Spawner, static shard => shard.ConvertAll(FoldItem.Of));
        return options.Defects.HasFlag(DraftDefects.OrderBySequence)
            ? [.. decoded.SelectMany(static d => d).OrderBy(static i => i.Sequence).ThenBy(static i => i.Cid)]
            : ShardWork.Merge(decoded, CompareCanonical);
    }

    private static int CompareCanonical(FoldItem left, FoldItem right) =>
        left.Height != right.Height ? left.Height.CompareTo(right.Height) : left.Cid.CompareTo(right.Cid);

    private static EventDigest HashOf(List<FoldItem> items, DraftDefects defects)
    {
        IEnumerable<Cid> order = items.Select(static i => i.Cid);
        if (defects.HasFlag(DraftDefects.DictionaryOrder))
        {
            order = order.GroupBy(static c => c.GetHashCode() & 7).OrderBy(static g => g.Key).SelectMany(static g => g);
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Cid cid in order)
        {
            hash.AppendData(cid.Bytes);
        }

        return EventDigest.Read(hash.GetHashAndReset());
    }

    private static List<AuthorPosition> PositionsOf(IReadOnlyList<Event> events)
    {
        Dictionary<EventDigest, AuthorPosition> highest = [];
        foreach (Event next in events)
        {
            EventDigest key = Clock.EventGraph.KeyOf(next.Author.Span);
            if (!highest.TryGetValue(key, out AuthorPosition known) || next.Sequence > known.Sequence
                || (next.Sequence == known.Sequence && next.Cid.CompareTo(known.Cid) < 0))
            {
                highest[key] = new AuthorPosition(next.Author.ToArray(), next.Sequence, next.Cid);
            }
        }

        return [.. highest.Values.OrderBy(static p => p.Author, Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span)))];
    }
}
