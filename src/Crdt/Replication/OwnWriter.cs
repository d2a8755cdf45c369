using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Writes own events: chained on the newest own event, staged ones included, above all other heads.</summary>
/// <remarks>Spec: replica, section 10, AppendEvent; section 9, self-detection.</remarks>
internal sealed class OwnWriter
{
    /// <summary>Merges written in one turn of the loop: strangers choose how many heads there are, and others wait for the turn to end.</summary>
    private const int MergesPerTurn = 16;

    /// <summary>Merges that show own text again before anything else is said: one a branch, of two former keys.</summary>
    private const int HealingMax = 4;

    private readonly List<EventDigest> _retired = [];
    private readonly DocumentState _state;
    private readonly OwnLinks _links;
    private ISigner? _signer;
    private OwnTip? _resumeAt;

    public OwnWriter(DocumentState state, ISigner? signer)
    {
        _state = state;
        _links = new OwnLinks(state);
        _signer = signer;
        Keep(signer);
    }

    /// <summary>An event of ours that we did not write was met: two programs use one key.</summary>
    public bool IsIdentityReused { get; private set; }

    /// <summary>
    /// Events that were written here under a former key are hidden, because that key was used elsewhere as well, and may be cited: the next event
    /// shows them again, or merges do that are written before it.
    /// </summary>
    public bool HidesOwn { get; private set; }

    /// <summary>The author key, or null when this replica only reads.</summary>
    public ReadOnlyMemory<byte>? Author => _signer?.Author;

    /// <summary>Why nothing can be written now, as far as can be told without a draft.</summary>
    public ReplicaError Obstacle => WhyNot().Error is not ReplicaError.None and ReplicaError error ? error
        : _state.Graph.Genesis.Writers is null || _state.MayWrite(EventGraph.KeyOf(_signer!.Author.Span), [.. _state.Clock.Heads]) ? ReplicaError.None
        : ReplicaError.NotAWriter;

    /// <summary>
    /// The store knows an own event that may not be held: nothing is written before it is <see cref="Published"/>, or a number would be used twice.
    /// </summary>
    public void Resume(OwnTip? tip)
    {
        _resumeAt = tip;
        Notice();
    }

    /// <summary>
    /// So many events are durable and told to everybody. Own events that were waited for end the waiting here, not when they are admitted: what is
    /// written next may stand on them in a text, so the text must be able to have them.
    /// </summary>
    /// <param name="count">In order of arrival.</param>
    public void Published(long count)
    {
        if (_resumeAt is OwnTip tip && Tip is EventNode own && own.Sequence >= tip.Sequence && own.Arrival < count)
        {
            _resumeAt = null;
        }
    }

    /// <summary>Writes under another key; its first event cites both branches of the old one.</summary>
    public void Use(ISigner other)
    {
        ISigner? former = _signer;
        _signer = other;
        Keep(other);
        _retired.Remove(EventGraph.KeyOf(other.Author.Span));
        if (former is not null)
        {
            Retire(former.Author);
        }

        _resumeAt = null;
        IsIdentityReused = false;
        Notice();
    }

    /// <summary>Takes the keys that wrote in this document through this store: what they said is ours, whatever became of the key since.</summary>
    /// <param name="authors">Protobuf forms; the present key may be among them.</param>
    public void Remember(IEnumerable<ReadOnlyMemory<byte>> authors)
    {
        foreach (ReadOnlyMemory<byte> author in authors)
        {
            Retire(author);
        }
    }

    /// <summary>What the store knows about own writing: the newest event under the present key, and every key that wrote.</summary>
    /// <param name="options">The document and its store.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    public static async ValueTask<(OwnTip? Tip, IReadOnlyList<ReadOnlyMemory<byte>> Authors)> RecallAsync(ReplicaOptions options, CancellationToken cancellationToken)
    {
        Cid document = options.Genesis.Cid;
        ISigner? signer = options.Signer ?? options.Store.SignerOf(document);
        OwnTip? tip = signer is null ? null : await options.Store.GetOwnTipAsync(document, signer.Author, cancellationToken);
        return (tip, await options.Store.GetOwnAuthorsAsync(document, cancellationToken));
    }

    /// <summary>Looks whether the own key was flagged, and whether what was written under a former one is hidden.</summary>
    public void Notice()
    {
        IsIdentityReused |= Self is { IsFlagged: true };
        EventNode? tip = _retired.Count > 0 ? Tip : null;
        if (tip is not null)
        {
            // Whoever has the proof in his past may cite no more of its branches: nothing is left to do for this key, whatever else it signs somewhere.
            _retired.RemoveAll(key => _state.Graph.FindAuthor(key) is { IsFlagged: true } author && CitationRule.HoldsProof(author, tip.Inclusive));
        }

        HidesOwn = !IsIdentityReused && _signer is not null && _retired.Count > 0 && _links.CanShow(EventGraph.KeyOf(_signer.Author.Span), tip, _retired);
    }

    /// <summary>Why nothing can be written now, or None.</summary>
    public WriteResult WhyNot() => this switch
    {
        { _signer: null } => WriteResult.Refused(ReplicaError.ReadOnly, "This replica has no author key: it only reads."),
        { IsIdentityReused: true } => WriteResult.Refused(
            ReplicaError.IdentityReuse,
            "The author key was used by another program (a restored backup or a copied folder). Confirm a new key to go on writing."),
        { _resumeAt: OwnTip tip } => WriteResult.Refused(
            ReplicaError.Busy, $"Own event {tip.Sequence} was written earlier and must be fetched first: a sequence number is never used twice."),
        _ => default,
    };

    /// <summary>Stages and broadcasts merges until there are at most so many heads, if we may write.</summary>
    /// <param name="headsMax">Heads that need no merge.</param>
    /// <param name="at">Time to claim.</param>
    /// <param name="staged">The batch they become part of.</param>
    /// <returns>Whether there is more to do in the next turn.</returns>
    public bool Merge(int headsMax, ulong at, StagedBatch staged)
    {
        for (int merges = 0; _state.Clock.Heads.Count > headsMax && WhyNot().Error == ReplicaError.None; merges++)
        {
            if (merges == MergesPerTurn)
            {
                return true;
            }

            int before = _state.Clock.Heads.Count;
            Event? merge = Append(new EventDraft { Type = EventTypes.Merge }, at, staged).Written;
            if (merge is null || _state.Clock.Heads.Count >= before)
            {
                return false; // not a writer, or heads that may not be cited
            }

            if (GossipPayload.Encode(merge) is byte[] payload)
            {
                staged.Broadcasts.Add(payload);
            }
        }

        return false;
    }

    /// <summary>
    /// Chains, signs and stages an event, after some merges when there are more heads than one event can cite, or own text is hidden that one event
    /// cannot cite with all heads. Heads beyond these stay for the next ones.
    /// </summary>
    /// <param name="draft">What to say.</param>
    /// <param name="at">Time to claim.</param>
    /// <param name="staged">The batch it becomes part of.</param>
    public WriteResult Append(EventDraft draft, ulong at, StagedBatch staged)
    {
        for (int merges = 0; merges < MergesPerTurn && _state.Clock.Heads.Count > EventLimits.DependenciesMax + 1; merges++)
        {
            int before = _state.Clock.Heads.Count;
            WriteResult merge = AppendOne(new EventDraft { Type = EventTypes.Merge }, at, staged);
            if (merge.Written is null)
            {
                return merge;
            }

            if (_state.Clock.Heads.Count >= before)
            {
                break; // heads that may not be cited: they stay
            }
        }

        Event? healed = null;
        for (int merges = 0; merges < HealingMax && HidesOwn && !Choose(Tip).IsWhole; merges++)
        {
            if (AppendOne(new EventDraft { Type = EventTypes.Merge }, at, staged).Written is not Event merge)
            {
                break;
            }

            healed = merge;
            if (GossipPayload.Encode(merge) is byte[] payload)
            {
                staged.Broadcasts.Add(payload);
            }
        }

        return healed is not null && draft.Type == EventTypes.Merge && !HidesOwn && _state.Clock.Heads.Count == 1
            ? WriteResult.Of(healed) // nothing is left to merge
            : AppendOne(draft, at, staged);
    }

    private AuthorEntry? Self => _signer is null ? null : _state.Graph.FindAuthor(EventGraph.KeyOf(_signer.Author.Span));

    private EventNode? Tip => Self is { Chains.Count: > 0 } self ? self.Chains.MaxBy(static chain => chain.Top)!.Tip : null;

    private OwnLinkChoice Choose(EventNode? previous, bool isMerge = false) =>
        _links.Choose(EventGraph.KeyOf(_signer!.Author.Span), previous, _retired, isMerge);

    private WriteResult AppendOne(EventDraft draft, ulong at, StagedBatch staged)
    {
        EventNode? previous = Tip;
        OwnLinkChoice choice = Choose(previous, draft.Type == EventTypes.Merge);
        WriteResult result = AppendOne(draft, at, staged, (previous, choice.Links));
        return result.Error == ReplicaError.BadDraft && choice.Shown > 0 && draft.Type != EventTypes.Merge
            ? AppendOne(draft, at, staged, (previous, _links.Plain(Self, previous))) // what the draft names does not go with what is hidden: new text comes first
            : result;
    }

    private WriteResult AppendOne(EventDraft draft, ulong at, StagedBatch staged, (EventNode? Previous, List<EventNode> Links) on)
    {
        (EventNode? previous, List<EventNode> links) = on;
        int first = previous is null ? 0 : 1;
        Cid[] dependencies = [.. links.Skip(first).Select(static node => node.Cid)];
        AppendContext context = new(
            _state.Graph.Genesis.Cid,
            _signer!.Author,
            previous is null ? 1 : previous.Sequence + 1,
            previous?.Cid ?? default,
            dependencies,
            1 + (links.Count == 0 ? 0 : links.Max(static node => node.Height)));
        Event? written;
        InvalidReason reason;
        try
        {
            written = EventCodec.Sign(context, draft, at, _signer, out reason);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            // The body and the signer are the caller's code: nothing is staged yet, so only this call fails.
            return WriteResult.Refused(ReplicaError.DraftFailed, $"The draft of type '{draft.Type}' could not be built: {failed.Message}", failed);
        }

        return written is null ? Refuse(draft, reason) : Stage(draft, written, staged);
    }

    private WriteResult Stage(EventDraft draft, Event written, StagedBatch staged)
    {
        if (!Missing(written).IsNone)
        {
            return Refuse(draft, InvalidReason.Reference);
        }

        AdmitResult result = _state.Admit(written, mayShelve: false, staged.Changes);
        if (result.Kind != AdmitKind.Admitted)
        {
            return Refuse(draft, result.Reason);
        }

        result.Node!.IsSigned = true;
        staged.Applied.Add((result.Node, written, EventSource.Local));
        staged.OwnTip = written;
        Notice();
        return WriteResult.Of(written);
    }

    private static WriteResult Refuse(EventDraft draft, InvalidReason reason) => reason == InvalidReason.Writer
        ? WriteResult.Refused(ReplicaError.NotAWriter, "The author key may not write in this document: a writer of its list must grant it.")
        : WriteResult.Refused(ReplicaError.BadDraft, $"The draft of type '{draft.Type}' is refused: {reason}.");

    // References in the body must be held; prev and deps are by construction.
    private Cid Missing(Event written)
    {
        int skip = 0;
        return _state.Graph.FirstMissing(written, ref skip);
    }

    private void Keep(ISigner? own)
    {
        if (own is not null)
        {
            _state.KeepAll(EventGraph.KeyOf(own.Author.Span));
        }
    }

    private void Retire(ReadOnlyMemory<byte> author)
    {
        EventDigest key = EventGraph.KeyOf(author.Span);
        _state.KeepAll(key);
        if (!_retired.Contains(key) && (_signer is null || EventGraph.KeyOf(_signer.Author.Span) != key))
        {
            _retired.Add(key);
        }
    }
}
