using System.Security.Cryptography;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// The clock of one document on one node: its identity on an island, what it knows of others, and what its peers said last. A stamp speaks of a set of
/// events: it is raised, once, before it is shown with another set than the last time. One owner: a call starts when the former has ended.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, sections 6 and 7. Nothing here decides anything but what a session sends first.</remarks>
public sealed class DocumentClock : IIdentityPort
{
    /// <summary>One event may raise a stamp more than once, on two islands or where a set shrank; what a poisoner writes is far beyond that.</summary>
    private const long RiseSlack = 1_024;

    private readonly Cid _document;
    private readonly PeerId _self;
    private readonly ClockOptions _options;
    private readonly IChance _chance;
    private readonly IIdentityPort _port;
    private readonly BoundedMemo<PeerId, IslandStamp> _last;
    private readonly BoundedMemo<PeerId, IslandId> _live;
    private readonly List<PeerId> _livePeers = [];
    private HintGuard _guard;
    private IdentityCore _core;
    private IdentityStore _identity;
    private IslandId _home;
    private IslandStamp _others;
    private EventDigest _explained;
    private ReadOnlyMemory<byte> _checkpoint;
    private int _changes;
    private long _events;
    private bool _isJudged;

    /// <summary>Opens the clock of a document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="self">This node.</param>
    /// <param name="options">Limits.</param>
    /// <param name="chance">For nonces and names of islands.</param>
    /// <param name="port">Keeps <see cref="ClockRecord"/>s, sends <see cref="ClockMessage"/>s.</param>
    /// <param name="record">From the store.</param>
    public DocumentClock(Cid document, PeerId self, ClockOptions options, IChance chance, IIdentityPort port, ClockRecord record)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(record);
        (_document, _self, _options, _chance, _port) = (document, self, options, chance, port);
        _core = new IdentityCore(options.Identity, chance, record.Identity);
        _identity = new IdentityStore(_core, this);
        (_home, _others, _explained, _checkpoint) = (record.Home, record.Others, record.Explained, record.Checkpoint);
        _last = new BoundedMemo<PeerId, IslandStamp>(options.PeersMax);
        _live = new BoundedMemo<PeerId, IslandId>(options.PeersMax);
        _guard = new HintGuard(Own(), options.IsOn);
    }

    /// <summary>The causality epoch.</summary>
    public long Epoch => _core.Epoch;

    /// <summary>The island it writes on; none while it owns nothing.</summary>
    public IslandId Home => _core.Stamp.IsAnonymous ? default : _home;

    /// <summary>What it owns and knows, island by island.</summary>
    public IslandStamp Stamp => Own().Stamp;

    /// <summary>Whether a session asked for a stamp and there was none.</summary>
    public bool WantsIdentity { get; private set; }

    /// <summary>How often a hint was dropped for a reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(HintRefusal refusal) => _guard.Refused(refusal);

    /// <summary>How often an identity refused something, in this epoch and on this island.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(IdentityRefusal refusal) => _core.Refused(refusal);

    /// <summary>
    /// How many events are here: no honest stamp has risen much further. So a bequest is believed before the first session after a restart; and a record that
    /// has risen further was poisoned: it is dropped, lest this clock be silent, or disbelieved by all others, for ever.
    /// </summary>
    /// <param name="events">Admitted events; 0 while they are not loaded.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    /// <returns>Whether the record was dropped: what it owned leaks, and an identity is wanted.</returns>
    public async ValueTask<bool> CountAsync(ulong events, CancellationToken cancellationToken)
    {
        _events = Math.Max(_events, (long)Math.Min(events, long.MaxValue));
        if (_isJudged || events == 0)
        {
            return false;
        }

        _isJudged = true;
        if (Own().Stamp.Islands.All(i => i.Stamp.Events.Max / 2 <= _events + RiseSlack))
        {
            return false;
        }

        _others = IslandStamp.Empty;
        _core = new IdentityCore(_options.Identity, _chance, IdentityRecord.Empty with { Epoch = Epoch });
        _identity = new IdentityStore(_core, this);
        (_home, _explained) = (default, default);
        _guard = new HintGuard(Own(), _options.IsOn);
        await RestoredAsync(cancellationToken);
        return true;
    }

    /// <summary>What to say of a set of events; raised and durable when it is another set than the last time.</summary>
    /// <param name="events">Digest of the set.</param>
    /// <param name="cancellationToken">Cancelling ends this clock: reopen it from the store.</param>
    /// <returns>A <see cref="ClockHint"/>; empty when there is nothing sound to say.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ShowAsync(EventDigest events, CancellationToken cancellationToken)
    {
        if (!_options.IsOn || _core.Stamp.IsAnonymous)
        {
            WantsIdentity |= _options.IsOn;
            return default;
        }

        if (events != _explained)
        {
            _explained = events;
            long overflows = _core.Refused(IdentityRefusal.Overflow);
            await ApplyAsync(new IdentityInput(IdentityInputKind.Record), cancellationToken);
            if (_core.Refused(IdentityRefusal.Overflow) > overflows)
            {
                _explained = default;
                return default; // it cannot rise any more: nothing it says would be true of this set
            }
        }

        byte[] hint = Own().Encode();
        return hint.Length <= ClockHint.BytesMax ? hint : default;
    }

    /// <summary>Whether the peer's last stamp covers what is known here: then its session needs no list of authors to begin with.</summary>
    /// <param name="peer">The peer.</param>
    public bool IsCoveredBy(PeerId peer) => _options.IsOn && !_core.Stamp.IsAnonymous && _last.TryGet(peer, out IslandStamp? last) && Own().Stamp.Leq(last!);

    /// <summary>What to do first in a session, given the stamp the peer opened with.</summary>
    /// <param name="hint">Its bytes; empty for none.</param>
    /// <param name="context">What is known without it.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public async ValueTask<HintAdvice> AdviseAsync(ReadOnlyMemory<byte> hint, HintContext context, CancellationToken cancellationToken)
    {
        HintAdvice advice = _guard.Advise(hint.Span, context, out HintRefusal refusal);
        if (refusal == HintRefusal.IdentityReuse && !_core.Stamp.IsAnonymous && _changes < _options.ChangesMax)
        {
            _changes++;
            await RestoredAsync(cancellationToken); // the peer may have made it up: a new fork costs both of us bytes
        }

        return advice;
    }

    /// <summary>Takes what a session showed.</summary>
    /// <param name="peer">With whom; authenticated.</param>
    /// <param name="outcome">How it ended.</param>
    public HintRefusal Observe(PeerId peer, ClockOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        _events = Math.Max(_events, (long)Math.Min(outcome.Events, long.MaxValue));
        if (!_options.IsOn || ClockHint.TryDecode(outcome.Theirs.Span) is not ClockHint theirs || theirs.Epoch != Epoch)
        {
            return outcome.Theirs.IsEmpty ? HintRefusal.None : _guard.Observe(outcome.Theirs.Span, 0, isAuthenticated: true);
        }

        // Whoever got to the end of a session has what it was sent. If not, the next one takes half a round trip more.
        ClockHint? mine = outcome.IsOver ? ClockHint.TryDecode(outcome.Mine.Span) : null;
        _last.Set(peer, mine?.Epoch == Epoch && theirs.Stamp.TryJoin(mine.Stamp, out IslandStamp? both, out _) ? both : theirs.Stamp);
        if (!outcome.HoldsTheirs)
        {
            return HintRefusal.None;
        }

        long room = Math.Max(0, (long)Math.Min(outcome.Events, long.MaxValue) - HintGuard.HeightOf(_guard.Known.Stamp));
        HintRefusal refusal = _guard.Observe(outcome.Theirs.Span, room, isAuthenticated: true);
        if (refusal == HintRefusal.None)
        {
            Learn(theirs.Stamp);
            _explained = outcome.IsEqual ? outcome.Set : _explained; // mine was raised for what I had, theirs for the rest
        }

        return refusal;
    }

    /// <summary>Who this clock is, for a peer it meets.</summary>
    public ClockMessage Hello() => new(_document, Epoch, Home, _core.Stamp.Id, (uint)_livePeers.Count(p => _live.TryGet(p, out IslandId home) && home == Home) + 1)
    {
        Checkpoint = _checkpoint,
    };

    /// <summary>Notes a peer, and says what to do about it.</summary>
    /// <param name="peer">Who; authenticated.</param>
    /// <param name="theirs">What it said.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public async ValueTask<ClockStep> MeetAsync(PeerId peer, ClockMessage theirs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(theirs);
        if (theirs.Document != _document)
        {
            return ClockStep.None;
        }

        await AdoptAsync(theirs, cancellationToken);
        if (!_live.TryGet(peer, out _) && _livePeers.Count < _options.PeersMax)
        {
            _livePeers.Add(peer);
        }

        _live.Set(peer, theirs.Home);
        if (theirs.Epoch != Epoch || theirs.Home == Home)
        {
            return theirs.Home == default && theirs.Epoch == Epoch && _self.CompareTo(peer) < 0 ? ClockStep.Open : ClockStep.None;
        }

        if (Home == default)
        {
            return ClockStep.Ask;
        }

        bool isSmaller = theirs.Home != default
            && IslandStamp.ChooseSurvivor(Home, (int)Math.Min(Hello().Live, int.MaxValue), theirs.Home, (int)Math.Min(theirs.Live, int.MaxValue)) != Home;
        return isSmaller && _changes < _options.ChangesMax ? ClockStep.Move : ClockStep.None;
    }

    /// <summary>Opens an island: nobody in reach owns anything.</summary>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (_core.Stamp.IsAnonymous)
        {
            _home = IslandId.Create(_self, _chance);
            await ApplyAsync(new IdentityInput(IdentityInputKind.Create), cancellationToken);
            WantsIdentity = false;
        }
    }

    /// <summary>Asks a peer for a fork of what it owns, on its island. What is owned on another one is given up, and that one is frozen.</summary>
    /// <param name="peer">A member of the island.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public async ValueTask AskAsync(PeerId peer, CancellationToken cancellationToken)
    {
        if (!_core.Stamp.IsAnonymous)
        {
            _changes++;
            Abandon();
        }

        await ApplyAsync(new IdentityInput(IdentityInputKind.Ask, peer), cancellationToken);
    }

    /// <summary>Handles the identity message of a peer, if there is one.</summary>
    /// <param name="peer">From whom, authenticated.</param>
    /// <param name="theirs">What it said.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public async ValueTask ReceiveAsync(PeerId peer, ClockMessage theirs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(theirs);
        if (theirs.Document != _document || theirs.Epoch != Epoch || IdentityMessage.TryDecode(theirs.Identity.Span) is not IdentityMessage message)
        {
            return;
        }

        if (message.Kind != IdentityMessageKind.Request && !_guard.Explains(message.Stamp, _events))
        {
            return; // what it stood for leaks; a grant is asked for again after the next session, under the same nonce
        }

        IslandId before = _home;
        bool isHere = theirs.Home == Home;
        if (message.Kind == IdentityMessageKind.Grant && _core.Stamp.IsAnonymous)
        {
            _home = theirs.Home; // where the grant lies
        }
        else if (message.Kind == IdentityMessageKind.Bequest && !isHere)
        {
            return; // of an island that is none of ours: it leaks there
        }

        await _identity.ReceiveAsync(peer, theirs.Identity, cancellationToken);
        if (_core.Stamp.IsAnonymous)
        {
            _home = before; // the grant was refused
            return;
        }

        WantsIdentity = false;
        Learn(_others);
        _guard.Record(Own());
    }

    /// <summary>Gives everything to an heir and owns nothing from then on.</summary>
    /// <param name="heir">Who; on the same island.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public ValueTask LeaveAsync(PeerId heir, CancellationToken cancellationToken) =>
        ApplyAsync(new IdentityInput(IdentityInputKind.Leave, heir), cancellationToken);

    /// <summary>The state came from a backup, or an id was found used twice: it is not used again, and a new fork is asked for.</summary>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public async ValueTask RestoredAsync(CancellationToken cancellationToken)
    {
        await ApplyAsync(new IdentityInput(IdentityInputKind.Restored), cancellationToken);
        WantsIdentity = true;
    }

    /// <summary>Opens a new epoch under a signed checkpoint: what leaked is free again. This clock holds its seed.</summary>
    /// <param name="snapshot">The <c>snap</c> event whose cut it stands for.</param>
    /// <param name="signer">A key the others trust for this.</param>
    /// <param name="cancellationToken">As in <see cref="ShowAsync"/>.</param>
    public ValueTask BeginEpochAsync(Cid snapshot, ISigner signer, CancellationToken cancellationToken)
    {
        EpochCheckpoint checkpoint = EpochCheckpoint.Sign(_document, Epoch + 1, _core.Stamp.Events, snapshot, signer);
        return EnterAsync(checkpoint.Encode(), checkpoint.Epoch, IntervalTreeClocks.Stamp.Seed, cancellationToken);
    }

    /// <inheritdoc/>
    ValueTask IIdentityPort.WriteAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        _port.WriteAsync(new ClockRecord(_core.Record, _home, _others, _explained, _checkpoint).Encode(), cancellationToken);

    /// <inheritdoc/>
    ValueTask IIdentityPort.SendAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        _port.SendAsync(peer, (Hello() with { Home = _home, Identity = message }).Encode(), cancellationToken);

    private ClockHint Own()
    {
        if (_core.Stamp.IsAnonymous && _core.Stamp.Events.Equals(EventTree.Zero))
        {
            return new ClockHint(Epoch, _others);
        }

        IslandStamp home = IslandStamp.Empty.MoveTo(_home, _core.Stamp);
        return new ClockHint(Epoch, _others.TryJoin(home, out IslandStamp? both, out _) ? both : home);
    }

    private async ValueTask ApplyAsync(IdentityInput input, CancellationToken cancellationToken)
    {
        await _identity.ApplyAsync(input, cancellationToken);
        _guard.Record(Own());
    }

    private void Learn(IslandStamp theirs)
    {
        foreach (Island island in theirs.Islands.Where(i => i.Id == _home && _home != default))
        {
            _core.Step(new IdentityInput(IdentityInputKind.Learned, Stamp: island.Stamp), []);
        }

        _others = _others.TryJoin(theirs.Peek(), out IslandStamp? both, out _) ? both : IslandStamp.Empty; // full: what is forgotten costs bytes
    }

    /// <summary>Leaves its island: owns nothing any more, keeps what is known of it, and nothing is written there.</summary>
    private void Abandon()
    {
        IslandStamp left = IslandStamp.Empty.MoveTo(_home, _core.Stamp).Freeze();
        _others = _others.TryJoin(left, out IslandStamp? both, out _) ? both : left;
        _core = new IdentityCore(_options.Identity, _chance, IdentityRecord.Empty with { Epoch = Epoch });
        _identity = new IdentityStore(_core, this);
        _home = default;
    }

    private async ValueTask AdoptAsync(ClockMessage theirs, CancellationToken cancellationToken)
    {
        if (theirs.Epoch > Epoch && EpochCheckpoint.TryVerify(theirs.Checkpoint.Span) is EpochCheckpoint checkpoint && checkpoint.Document == _document
            && checkpoint.Epoch == theirs.Epoch && _options.EpochAuthors.Any(a => a.Span.SequenceEqual(checkpoint.Author.Span)))
        {
            await EnterAsync(theirs.Checkpoint, checkpoint.Epoch, seed: null, cancellationToken);
        }
    }

    private async ValueTask EnterAsync(ReadOnlyMemory<byte> checkpoint, long epoch, Stamp? seed, CancellationToken cancellationToken)
    {
        _checkpoint = checkpoint;
        _others = IslandStamp.Empty;
        _explained = default;
        _changes = 0;
        _home = seed is null ? default : IslandId.Read(SHA256.HashData(checkpoint.Span)); // two who opened the same epoch have two islands
        await ApplyAsync(new IdentityInput(IdentityInputKind.Checkpoint, Epoch: epoch, Stamp: seed), cancellationToken);
        WantsIdentity = seed is null;
    }
}
