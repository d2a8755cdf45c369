using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Replication;

/// <summary>
/// The replica as a pure state machine: inputs and the time in, effects out. It admits and stages; the loop makes batches
/// durable; only then anything is told to anybody.
/// </summary>
/// <remarks>Spec: replica, sections 4 to 11.</remarks>
internal sealed class ReplicaCore
{
    private readonly ReplicaOptions _options;
    private readonly AdmissionQueue _admission;
    private readonly OwnWriter _writer;
    private readonly Announcer _announcer;
    private readonly PeerSessions _sessions;
    private readonly CommitPace _pace;
    private StagedBatch _staged = new();
    private StagedBatch? _inFlight;
    private readonly TimeSpan _openedAt;
    private readonly MergeTimer _merges;

    /// <param name="options">The document and its ports.</param>
    /// <param name="now">Now.</param>
    /// <param name="before">When the document is read again: the core whose fetches and sessions are under way.</param>
    public ReplicaCore(ReplicaOptions options, TimeSpan now, ReplicaCore? before = null)
    {
        _options = options;
        _openedAt = now;
        State = new DocumentState(options.Genesis, options.TypeRules, options.Defects);
        _admission = new AdmissionQueue(options, State);
        _writer = new OwnWriter(State, options.Signer ?? options.Store.SignerOf(options.Genesis.Cid));
        _announcer = new Announcer(options, now);
        _sessions = before?._sessions ?? new PeerSessions(options);
        Missing.GoOnFrom(before?.Missing);
        _pace = new CommitPace(options);
        _merges = new MergeTimer(options);
        Acknowledged = new SnapshotAcks(State.Graph, options.PeersMax);
        PublishedFrontier = State.Clock.FrontierHash();
    }

    /// <summary>The admitted events, staged ones included.</summary>
    public DocumentState State { get; }

    /// <summary>The waiting room.</summary>
    public OrphanPool Pool => _admission.Pool;

    /// <summary>What is missing.</summary>
    public MissingLinks Missing => _admission.Missing;

    /// <summary>Signatures verified so far.</summary>
    public long Verifications => _admission.Verifications;

    /// <summary>What peers brought that they could have found wrong themselves.</summary>
    public SenderLedger Senders => _admission.Senders;

    /// <summary>Events not looked at because their author has used up his share of the store.</summary>
    public long ShareRefusals => _admission.ShareRefusals;

    /// <summary>Which peer holds which snapshot.</summary>
    public SnapshotAcks Acknowledged { get; }

    /// <summary>Own writing.</summary>
    public OwnWriter Writer => _writer;

    /// <summary>Durable heads, ascending.</summary>
    public IReadOnlyList<Cid> PublishedHeads { get; private set; } = [];

    /// <summary>Frontier hash of the durable heads.</summary>
    public EventDigest PublishedFrontier { get; private set; }

    /// <summary>Durable events that are visible, and their greatest height.</summary>
    public (long Visible, ulong Height) Published { get; private set; }

    /// <summary>Applied and durable events.</summary>
    public long PublishedCount { get; private set; }

    /// <summary>Durable changes of the visible set.</summary>
    public long ChangeCount { get; private set; }

    /// <summary>Whose events are admitted: the store may have room for own ones only. Set by the loop.</summary>
    public StoreRoom Room { get; set; } = StoreRoom.Everyone;

    /// <summary>Why the store failed; None while it works.</summary>
    public StoreError Fault { get; private set; }

    /// <summary>Events staged and not yet handed to the store.</summary>
    public int StagedCount => _staged.Applied.Count;

    /// <summary>Whether something is left that the store has to be given.</summary>
    public bool HasStaged => _staged.NeedsCommit || _staged.Unasked.Count > 0;

    /// <summary>Whether a commit is on its way.</summary>
    public bool IsCommitting => _inFlight is not null;

    /// <summary>The next moment <see cref="TickInput"/> is wanted.</summary>
    public TimeSpan NextDue => PeerSessions.Earliest(
        _announcer.NextDue, _sessions.FetchDue(_options.Syncer is null ? null : Missing.NextDue), _merges.Due, _pace.Due);

    /// <summary>Peers that announced the published frontier, and peers heard at all.</summary>
    public (int Confirming, int Known) Peers => (_announcer.ConfirmedBy(PublishedFrontier), _announcer.PeerCount);

    /// <summary>What is known about being up to date: two peers with this very frontier, or the only one there is.</summary>
    public SyncState SyncState => (Missing, Peers) switch
    {
        (_, { Confirming: >= 2 } or { Confirming: 1, Known: 1 }) => SyncState.Confirmed, // first: what a stranger lets wait must not outweigh them
        ({ IsStalled: true }, _) => SyncState.Stalled,
        ({ IsLooking: true }, _) => SyncState.Syncing,
        _ => SyncState.Unknown,
    };

    /// <summary>Applies one input; appends what must be done.</summary>
    public void Step(ReplicaInput input, TimeSpan now, List<ReplicaEffect> effects)
    {
        switch (input)
        {
            case BlocksInput blocks:
                Receive(blocks, now, effects);
                break;
            case AppendInput append:
                Append(append, effects);
                break;
            case AnnouncedInput announced:
                Hear(announced.Announcement, announced.Peer, now, effects);
                break;
            case FetchedInput fetched:
                ReceiveFetched(fetched, now, effects);
                break;
            case SyncedInput synced:
                _sessions.End(synced.Peer);
                break;
            case SyncWantedInput wanted:
                _sessions.Start(wanted.Peer, now, effects);
                break;
            case ShownHeadsInput shown:
                _announcer.Shown(shown.Peer, State.Clock.FrontierHash(shown.Heads));
                NoteShown(shown.Peer, shown.Heads);
                break;
            case PeerJoinedInput:
                _announcer.AnnounceSoon(now);
                break;
            case NewSignerInput signer:
                _writer.Use(signer.Signer);
                break;
            case CommittedInput:
                Committed(now, effects);
                break;
            case CommitFailedInput failed:
                CommitFailed(failed, effects);
                break;
            case TickInput tick:
                Tick(tick, now, effects);
                break;
            default:
                throw new UnreachableException($"Unknown input {input.GetType().Name}.");
        }
    }

    /// <summary>Decodes blocks that will be stepped next and says which signatures that will ask for. Changes nothing.</summary>
    public BlocksInput Plan(BlocksInput input, SignatureBatch checks, TimeSpan now) =>
        Fault == StoreError.None ? _admission.Plan(input, checks, now) : input;

    /// <summary>Takes the outcome of planned checks.</summary>
    public void TakeAhead(SignatureBatch checks) => _admission.TakeAhead(checks);

    /// <summary>The store failed outside a commit: nothing is written any more.</summary>
    public void Fail(StoreError error) => Fault = error;

    /// <summary>Takes what the store held, before anything else. What it reads is not written again.</summary>
    /// <param name="applied">Applied events in arrival order.</param>
    /// <param name="held">Events that waited for links.</param>
    /// <param name="ownTip">Newest own event ever written through this store.</param>
    /// <returns>What was replayed: changes of visibility come in the same order as when the events first arrived.</returns>
    public StagedBatch Load(IReadOnlyList<IncomingBlock> applied, IReadOnlyList<IncomingBlock> held, OwnTip? ownTip)
    {
        List<EventVerdict> verdicts = [];
        StagedBatch replayed = new();
        _admission.IsReplaying = true;
        _admission.Receive(new BlocksInput(applied, default, EventSource.Store, null), _openedAt, replayed, verdicts);
        _admission.IsReplaying = false;
        ExchangedPast.CheckReplayed(State, replayed, _admission.Verify);
        SnapshotHeads(replayed);
        _writer.Resume(ownTip);
        Publish(replayed);
        _admission.Receive(new BlocksInput(held, default, EventSource.Store, null), _openedAt, _staged, verdicts);
        _writer.Notice();
        _merges.Update(State.Clock.Heads.Count, othersMerged: false, _openedAt);
        return replayed;
    }

    private void Receive(BlocksInput input, TimeSpan now, List<ReplicaEffect> effects)
    {
        if (Fault != StoreError.None || Room != StoreRoom.Everyone)
        {
            if (input.Token is not null)
            {
                EventVerdict[] busy = [.. Enumerable.Repeat(EventVerdict.Busy(BusyReason.Store), input.Blocks.Count)];
                effects.Add(new ReplyEffect(input.Token, busy, null, ReplicaError.None, string.Empty));
            }

            return;
        }

        List<EventVerdict> verdicts = new(input.Blocks.Count);
        int before = _staged.Applied.Count;
        // What waited here and was only woken by the pack is nothing its sender has shown to hold.
        NoteShown(input.Source == EventSource.Sync ? input.Peer : default, _admission.Receive(input, now, _staged, verdicts));
        for (int i = 0; i < verdicts.Count; i++)
        {
            effects.Add(new VerdictEffect(verdicts[i], input.IsAtFault(i, verdicts[i]) ? input.Peer : default));
        }

        effects.AddRange(_staged.Late.Select(static late => new VerdictEffect(late, default)));
        _staged.Late.Clear();
        if (input.Token is not null)
        {
            // Answered when the batch is durable; the loop answers at once if nothing is staged.
            _staged.Replies.Add(new ReplyEffect(input.Token, verdicts, null, ReplicaError.None, string.Empty));
        }

        _writer.Notice();
        _merges.Update(State.Clock.Heads.Count, _staged.Applied.Skip(before).Any(static applied => applied.Node.Type == EventTypes.Merge), now);
    }

    private void ReceiveFetched(FetchedInput fetched, TimeSpan now, List<ReplicaEffect> effects)
    {
        List<IncomingBlock> blocks = fetched.Blocks();
        if (blocks.Count > 0)
        {
            Receive(new BlocksInput(blocks, default, EventSource.Sync, null), now, effects);
        }

        Missing.Fetched(fetched.Cids, now);
    }

    private void Append(AppendInput append, List<ReplicaEffect> effects)
    {
        WriteResult result = Fault != StoreError.None
            ? WriteResult.Faulted(Fault)
            : _writer.WhyNot();
        if (result.Error == ReplicaError.None)
        {
            result = _writer.Append(append.Draft, append.At, _staged);
        }

        ReplyEffect reply = new(append.Token, [], result.Written, result.Error, result.Message) { Cause = result.Cause };
        if (result.Written is not Event appended)
        {
            effects.Add(reply);
            return;
        }

        _staged.Replies.Add(reply);
        if (append.IsBroadcast && GossipPayload.Encode(appended) is byte[] payload)
        {
            _staged.Broadcasts.Add(payload);
        }
    }

    private void Hear(Announcement announcement, PeerId peer, TimeSpan now, List<ReplicaEffect> effects)
    {
        bool unknown = false;
        bool looking = false;
        foreach (Cid head in announcement.Heads)
        {
            if (State.Graph.Find(head) is null && Pool.Find(head) is null)
            {
                unknown = true;
                looking |= Missing.Announced(head, peer, now);
            }
        }

        NoteShown(peer, announcement.Heads);
        bool isMine = announcement.FrontierHash == PublishedFrontier && announcement.Heads.SequenceEqual(PublishedHeads);
        bool isLie = announcement.FrontierHash == PublishedFrontier && !isMine;
        bool isAnswered = !isLie && _announcer.Heard(peer, announcement.FrontierHash, (isMine, !unknown && !isMine), now);

        // Known heads under a hash that they do not make here: one of us knows of a fork that the other does not, and no unknown head will ever tell.
        bool knowsOtherForks = isAnswered && State.Clock.FrontierHash(announcement.Heads) != announcement.FrontierHash;
        if (looking || knowsOtherForks)
        {
            _sessions.Start(peer, now, effects);
        }
    }

    // Also while there is room for own events only: room is made by dropping what acknowledged snapshots have.
    private void NoteShown(PeerId peer, IEnumerable<Cid> events)
    {
        if (Fault == StoreError.None && Room != StoreRoom.None)
        {
            Acknowledged.Shown(peer, events, _staged.Acknowledged);
        }
    }

    private void Tick(TickInput tick, TimeSpan now, List<ReplicaEffect> effects)
    {
        if (_merges.TakeDue(now) && Fault == StoreError.None && _writer.Merge(_options.HeadsBeforeMerge, tick.WallClock, _staged))
        {
            _merges.GoOn(now);
        }

        if (_options.Syncer is not null && !_sessions.HoldsFetches(now))
        {
            Missing.Pump(now, effects);
        }

        if (_announcer.IsDue(now) && _options.Broadcaster is not null && PublishedHeads.Count > 0)
        {
            effects.Add(new BroadcastEffect(GossipPayload.Encode(_announcer.Make(_options.Genesis.Cid, PublishedHeads, PublishedFrontier))));
        }

        Flush(now, effects, tick.IsLast);
    }

    private void Flush(TimeSpan now, List<ReplicaEffect> effects, bool isLast = false)
    {
        _pace.Release(_staged, now, isLast);
        if (_staged.IsEmpty)
        {
            return;
        }

        if (!_staged.NeedsCommit)
        {
            // Duplicates and pending verdicts need no disk, but must not overtake a commit they refer to.
            if (_inFlight is null)
            {
                effects.AddRange(_staged.Replies);
                _staged = _staged.Next();
            }

            return;
        }

        if (_inFlight is not null || Fault != StoreError.None)
        {
            return;
        }

        SnapshotHeads(_staged);
        _staged.Deliveries = _admission.Deliveries.Take();
        _inFlight = _staged;
        _staged = _inFlight.Next();
        effects.Add(new CommitEffect(_inFlight));
    }

    private void SnapshotHeads(StagedBatch batch)
    {
        batch.Heads = [.. State.Clock.Heads.Select(static head => head.Cid)];
        batch.FrontierHash = State.Clock.FrontierHash();
        batch.Visible = (State.Clock.VisibleCount, State.Clock.Height);
    }

    private void Committed(TimeSpan now, List<ReplicaEffect> effects)
    {
        StagedBatch batch = _inFlight ?? throw new UnreachableException("No commit was in flight.");
        _inFlight = null;
        bool changed = batch.FrontierHash != PublishedFrontier;
        Publish(batch);
        _sessions.Progressed(batch.Applied.Count, now);
        if (changed)
        {
            _announcer.Changed(now);
        }

        effects.Add(new PublishEffect(batch));
        effects.AddRange(batch.Broadcasts.Select(static payload => new BroadcastEffect(payload)));
        effects.AddRange(batch.Replies);
        Flush(now, effects);
    }

    private void Publish(StagedBatch batch)
    {
        PublishedHeads = batch.Heads;
        PublishedFrontier = batch.FrontierHash;
        Published = batch.Visible;
        PublishedCount += batch.Applied.Count;
        ChangeCount += batch.Changes.Count;
        _writer.Published(PublishedCount);
        batch.Applied.ForEach(applied => Acknowledged.Applied(applied.Node));
    }

    // The index already holds what the store does not: it is not trusted any more. The loop reloads or stops.
    private void CommitFailed(CommitFailedInput failed, List<ReplicaEffect> effects)
    {
        Fault = failed.Error;
        effects.AddRange(_inFlight!.Failures(failed));
        effects.AddRange(_staged.Failures(failed));
        _inFlight = null;
        _staged = new StagedBatch();
    }
}
