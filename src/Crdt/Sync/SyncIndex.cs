using System.Buffers.Binary;
using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>
/// Questions of the sync protocol to the index of one document: what is here, and what a claim says is missing there. Pure reads;
/// only durable events count.
/// </summary>
/// <remarks>
/// Spec: replica, sections 12 and 12.1. What is exchanged: visible events, both events of the lowest proof of every flagged author, and what vouches
/// for any of these, with what they stand on (<see cref="ExchangedPast"/>).
/// Applied events are closed under links, so a replica that shows an event has its whole past: a claim is a union of past maps,
/// and finding what is missing costs O(authors + missing), not O(document).
/// </remarks>
/// <param name="core">The replica.</param>
/// <param name="facts">What is the same for everybody who asks of its present state.</param>
/// <param name="defects">Bugs of the draft that a test turns on.</param>
internal readonly struct SyncIndex(ReplicaCore core, SyncFacts facts, DraftDefects defects)
{
    private const int RestEntryBytes = EventLimits.AuthorBytes + 8 + EventLimits.LinkBytes;

    /// <summary>Index of a replica.</summary>
    public SyncIndex(ReplicaCore core, DraftDefects defects = DraftDefects.None)
        : this(core, new SyncFacts(core.State, core.PublishedCount), defects)
    {
    }

    /// <summary>As the other, with facts that are kept.</summary>
    public SyncIndex(ReplicaCore core, SyncCache cache)
        : this(core, cache.Of(core.State, core.PublishedCount), DraftDefects.None)
    {
    }

    /// <summary>Frontier hash of what is durable.</summary>
    public EventDigest Frontier => core.State.Clock.FrontierHash(core.PublishedHeads);

    /// <summary>What is here.</summary>
    /// <param name="authorsMax">Most author entries; the others become a hash.</param>
    public SyncSummary Summarise(int authorsMax)
    {
        int listed = Math.Min(facts.Tips.Count, authorsMax);
        return new SyncSummary(core.State.Graph.Genesis.Cid, HeadsSaid(), facts.Tips.GetRange(0, listed), facts.RestHash(listed), facts.Count);
    }

    /// <summary>What to send to somebody who claims this.</summary>
    public SyncPlan Plan(SyncSummary theirs)
    {
        PastMap known = KnownTo(theirs, out bool isExact);
        List<Cid> proofs = [];
        foreach (AuthorEntry flagged in core.State.Clock.Flagged)
        {
            (EventNode first, EventNode second) = flagged.Proof!.Value;
            bool isShown = theirs.Authors.Count(entry => entry.Key == flagged.Key) >= 2;
            if (!isShown && IsDurable(first) && IsDurable(second) && !(IsIn(known, first) && IsIn(known, second)))
            {
                proofs.AddRange([first.Cid, second.Cid]);
            }
        }

        bool hasOneCursor = defects.HasFlag(DraftDefects.PerPeerCursor);
        ulong cursor = hasOneCursor && theirs.Authors.Count > 0 ? theirs.Authors.Max(static a => a.Sequence) : 0;
        ChainMerge missing = new();
        foreach (AuthorEntry author in isExact ? core.State.Graph.Authors : [])
        {
            foreach (AuthorChain chain in author.Chains)
            {
                ulong top = facts.TopOf(chain)?.Sequence ?? 0;
                missing.Add(chain, hasOneCursor ? cursor + 1 : known[chain.Id] + 1, top);
            }
        }

        return new SyncPlan(proofs, missing.ToArray(static node => node.Cid), !isExact, HeadsSaid());
    }

    /// <summary>Whether all of these are applied here, or on the shelf of uncited tail events: then nothing is missing.</summary>
    public bool HasAll(IReadOnlyList<Cid> cids)
    {
        foreach (Cid cid in cids)
        {
            if (core.State.Graph.Find(cid) is null && core.Pool.Find(cid) is not { IsShelved: true })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Which of these are durable here, in the same order; none in the places of others.</summary>
    public Cid[] Held(IReadOnlyList<Cid> cids)
    {
        Cid[] held = new Cid[cids.Count];
        for (int i = 0; i < held.Length; i++)
        {
            held[i] = core.State.Graph.Find(cids[i]) is EventNode node && IsDurable(node) ? cids[i] : default;
        }

        return held;
    }

    /// <summary>A frozen view of all that is exchanged, for ranges.</summary>
    public RangeView View() => new(core.State.Graph.Genesis.Cid, facts.Items());

    private static bool IsIn(PastMap known, EventNode node) => known[node.Chain.Id] >= node.Sequence;

    /// <summary>Hash of the author entries that a summary leaves out; none when it lists all.</summary>
    internal static EventDigest RestHash(List<SyncAuthor> authors, int listed)
    {
        if (authors.Count == listed)
        {
            return default;
        }

        List<SyncAuthor> rest = authors.GetRange(listed, authors.Count - listed);
        byte[] bytes = new byte[rest.Count * RestEntryBytes];
        Span<byte> at = bytes;
        foreach (SyncAuthor author in rest) // sorted as the list is
        {
            AuthorKey.Write(author.Key, at);
            BinaryPrimitives.WriteUInt64BigEndian(at[EventLimits.AuthorBytes..], author.Sequence);
            author.Head.Bytes.CopyTo(at[(EventLimits.AuthorBytes + 8)..]);
            at = at[RestEntryBytes..];
        }

        return EventDigest.Read(SHA256.HashData(bytes));
    }

    // What the claim covers here. Entries we do not hold are believed as far as they can be: the author is ahead of us on the one branch we know.
    private PastMap KnownTo(SyncSummary theirs, out bool isExact)
    {
        PastMap known = PastMap.Empty;
        bool allHeads = theirs.Heads.Count < SyncProtocol.HeadsMax;
        foreach (Cid head in theirs.Heads)
        {
            EventNode? node = core.State.Graph.Find(head);
            known = node is null ? known : known.Union(node.Inclusive);
            allHeads &= node is not null;
        }

        foreach (SyncAuthor entry in theirs.Authors)
        {
            EventNode? node = core.State.Graph.Find(entry.Head) ?? TipBelow(entry);
            known = node is null ? known : known.Union(node.Inclusive);
        }

        isExact = allHeads || theirs.Rest.IsNone;
        if (!isExact)
        {
            int listed = Math.Min(facts.Tips.Count, theirs.Authors.Count);
            isExact = facts.RestHash(listed) == theirs.Rest;
            foreach (SyncAuthor same in isExact ? facts.Tips.Skip(listed) : [])
            {
                known = known.Union(core.State.Graph.Find(same.Head)!.Inclusive);
            }
        }

        return known;
    }

    private EventNode? TipBelow(SyncAuthor entry) =>
        core.State.Graph.FindAuthor(entry.Key) is { Chains.Count: 1 } author && facts.TopOf(author.Chains[0]) is EventNode tip
        && tip.Sequence < entry.Sequence ? tip : null;

    private bool IsDurable(EventNode node) => node.Arrival < core.PublishedCount;

    private IReadOnlyList<Cid> HeadsSaid() =>
        core.PublishedHeads.Count <= SyncProtocol.HeadsMax ? core.PublishedHeads : [.. core.PublishedHeads.Take(SyncProtocol.HeadsMax)];
}
