using System.Diagnostics;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>
/// One side of one sync stream as a pure state machine. The opener says what it holds of many documents, the other answers at once and
/// starts sending what the opener lacks; so one round trip brings both to data. Ranges and requests are the fallback. The opener leads
/// and half-closes first; the other serves until then.
/// </summary>
/// <remarks>
/// Spec: replica, section 12. Everything the peer claims is a hint. State only changes by blocks that pass admission, so a lie costs
/// bytes; bytes are bounded by <see cref="SyncOptions"/>, and every bound has its name in <see cref="SyncRefusal"/>. A cut stream loses
/// nothing that was durable: packs are in causal order, so the next session's claim covers what arrived.
/// </remarks>
internal sealed class SyncSession
{
    private readonly SyncContext _context;
    private readonly SyncOutgoing _outgoing;
    private readonly SyncIncoming _incoming;
    private readonly RangeTalk _ranges;
    private readonly DigestTalk _digests;
    private readonly byte[] _nonce;
    private readonly List<Cid> _wanted = [];
    private readonly SyncProgress _progress;
    private Dictionary<Cid, SyncSummary> _claims = [];
    private SyncRefusal _peerRefusal;
    private TimeSpan _heardAt;
    private long _bytesReceived;
    private bool _summaryAsked;
    private bool _summarySent;
    private bool _summaryReceived;
    private bool _remoteEnded;
    private bool _ended;

    /// <summary>Creates one side.</summary>
    /// <param name="options">Local limits.</param>
    /// <param name="isOpener">Whether this side opened the stream.</param>
    /// <param name="nonce">16 random bytes of this side, fresh for every session.</param>
    /// <param name="now">Now.</param>
    public SyncSession(SyncOptions options, bool isOpener, byte[] nonce, TimeSpan now)
    {
        _context = new SyncContext(options, isOpener);
        _outgoing = new SyncOutgoing(_context);
        _incoming = new SyncIncoming(_context, _outgoing);
        _ranges = new RangeTalk(_context, _outgoing);
        _digests = new DigestTalk(_context);
        _nonce = nonce;
        _heardAt = now;
        _progress = new SyncProgress(options, now);
    }

    /// <summary>Whether the next message may be read; false = the replica has to catch up first.</summary>
    public bool WantsMore => _context.Inserting < _context.Options.InsertsInFlightMax;

    /// <summary>Whether the session is over.</summary>
    public bool HasEnded => _ended;

    /// <summary>When a silent peer is given up.</summary>
    public TimeSpan DueAt => _heardAt + _context.Options.IdleTimeout;

    /// <summary>Counts so far; bytes are counted by whoever frames messages.</summary>
    public SyncReport Report => new()
    {
        Refusal = _context.Refusal,
        PeerRefusal = _peerRefusal,
        IsComplete = _context.Refusal == SyncRefusal.None && (_summaryReceived || _wanted.Count == 0)
            && _context.Documents.Values.All(static d => d.IsEqual || d.HasTheirHeads),
        Incomplete =
        [
            .. _context.Documents.Values.Where(static d => d.TheirHeads is not null && !d.IsEqual && !d.HasTheirHeads).Select(static d => d.Id),
        ],
        Heads = _context.Documents.Values.ToDictionary(static d => d.Id, static d => d.TheirHeads ?? d.Theirs.Heads),
        Claims = [.. _context.Documents.Values.Select(static d => new SyncClaim(d.Theirs, d.Mine, d.IsEqual || d.HasTheirHeads))],
        RoundTrips = _context.RoundTrips,
        BytesReceived = _bytesReceived,
        EventsSent = _context.EventsSent,
        EventsAccepted = _context.EventsAccepted,
        EventsWasted = _context.EventsWasted,
        PayloadBytes = _context.PayloadBytes,
        ProvisionalDropped = _context.Documents.Values.Sum(static d => d.Provisional.Dropped),
        Documents = _context.Documents.Count,
        DocumentsEqual = _context.DormantEqual + _context.Documents.Values.Count(static d => d.IsEqual),
        DocumentsRanged = _context.Documents.Values.Count(static d => d.IsRanged),
    };

    /// <summary>Applies one input; appends what must be done.</summary>
    public void Step(SessionInput input, TimeSpan now, List<SessionEffect> effects)
    {
        if (_ended)
        {
            return;
        }

        _context.Effects = effects;
        if (input is SyncReceived or SyncSent)
        {
            _heardAt = now;
        }

        Apply(input, now);
        _progress.Useful(_context.FreshBytes, now);
        _context.FreshBytes = 0;
        if (_context.Refusal == SyncRefusal.None)
        {
            GoOn();
        }

        _progress.SetWorking(_context.Works > 0, now);
        Finish();
    }

    private void Apply(SessionInput input, TimeSpan now)
    {
        switch (input)
        {
            case SyncStarted started:
                Start(started);
                break;
            case SyncReceived received:
                Receive(received, now);
                break;
            case SyncSent:
                _progress.Useful(_context.Unsaid.Dequeue(), now);
                break;
            case SyncEnded ended:
                _remoteEnded = true;
                _context.Fail(ended.Refusal);
                break;
            case SyncFailed:
                _context.Fail(SyncRefusal.LocalFailure);
                break;
            case SyncTicked:
                Tick(now);
                break;
            default:
                _context.Answered(input);
                _heardAt = now; // the peer could not go on while we were at work
                Answered(input);
                break;
        }
    }

    private void Answered(SessionInput input)
    {
        switch (input)
        {
            case SyncSummarised summarised:
                Summarised(summarised.Documents);
                break;
            case SyncPlanned planned:
                _outgoing.Planned(planned);
                break;
            case SyncLoaded loaded:
                _outgoing.Loaded(loaded.Events);
                break;
            case SyncInserted inserted:
                _incoming.Inserted(inserted);
                break;
            case SyncChecked done:
                _incoming.Checked(done);
                break;
            case SyncViewed viewed:
                _ranges.Viewed(viewed);
                break;
            case SyncDormant dormant:
                _digests.Built(dormant.Tree);
                break;
            default:
                throw new UnreachableException($"Unknown input {input.GetType().Name}.");
        }
    }

    private void Start(SyncStarted started)
    {
        _wanted.AddRange(started.Documents.Take(SyncProtocol.DocumentsMax));
        if (started.Dormant is not null)
        {
            _digests.Start(started.Dormant);
        }
    }

    private void Receive(SyncReceived received, TimeSpan now)
    {
        _bytesReceived += received.FrameBytes;
        if (_bytesReceived > _context.Options.SessionBytesMax)
        {
            _context.Fail(SyncRefusal.SessionBytes);
            return;
        }

        if (received.Message is SummaryMessage or RangeMessage or DigestMessage)
        {
            _progress.Talk(received.FrameBytes, now);
        }

        switch (received.Message)
        {
            case SummaryMessage summary:
                Claimed(summary);
                break;
            case PackMessage pack:
                _incoming.Pack(pack);
                break;
            case PackEndMessage end:
                _incoming.PackEnd(end);
                break;
            case GetMessage get when _context.Shared(get.Document) is SyncDocument document:
                _outgoing.Answer(document, get.Cids);
                break;
            case BlocksMessage blocks:
                _incoming.Blocks(blocks);
                break;
            case RangeMessage range:
                _ranges.Received(range);
                break;
            case DigestMessage digest:
                _digests.Received(digest);
                break;
            case ErrorMessage error:
                _peerRefusal = error.Code <= (ulong)SyncRefusal.Displaced ? (SyncRefusal)error.Code : SyncRefusal.None;
                _context.Fail(SyncRefusal.PeerError);
                break;
            default:
                break; // a Get of a document that is not shared: refused already
        }
    }

    // Open at the answerer, Have at the opener; each once.
    private void Claimed(SummaryMessage claim)
    {
        if (_summaryReceived || claim.IsOpen == _context.IsOpener || (_context.IsOpener && !_summarySent))
        {
            _context.Fail(SyncRefusal.Unexpected);
            return;
        }

        _summaryReceived = true;
        claim.Nonce.Span.CopyTo(_context.Nonces.AsSpan(claim.IsOpen ? 0 : SyncProtocol.NonceBytes));
        if (claim.IsOpen)
        {
            _claims = claim.Documents.ToDictionary(static d => d.Document);
            _wanted.AddRange(_claims.Keys);
            AskSummaries();
            return;
        }

        foreach (SyncSummary theirs in claim.Documents)
        {
            if (!_claims.TryGetValue(theirs.Document, out SyncSummary? mine))
            {
                _context.Fail(SyncRefusal.NotShared);
                return;
            }

            Share(theirs, mine);
        }
    }

    private void AskSummaries()
    {
        _summaryAsked = true;

        // Both sides cut the lists the same way, or equal documents would not look equal.
        int authors = _wanted.Count switch { <= 32 => SyncProtocol.AuthorsMax, <= 256 => 32, _ => 8 };
        _context.Ask(new AskSummaries([.. _wanted], authors, _claims));
    }

    private void Summarised(IReadOnlyList<SyncSummary> documents)
    {
        List<SyncSummary> said = SummaryCodec.Fit(documents, SyncProtocol.OpenBytesMax);
        _nonce.CopyTo(_context.Nonces.AsSpan(_context.IsOpener ? 0 : SyncProtocol.NonceBytes));
        _summarySent = true;
        _context.Send(new SummaryMessage(_context.IsOpener, _nonce, said));
        if (_context.IsOpener)
        {
            _context.RoundTrips++;
            _claims = said.ToDictionary(static d => d.Document);
            return;
        }

        foreach (SyncSummary mine in said)
        {
            Share(_claims[mine.Document], mine);
        }
    }

    private void Share(SyncSummary theirs, SyncSummary mine)
    {
        SyncDocument document = new(theirs, mine, _context) { IsEqual = theirs.Matches(mine) };
        _context.Documents.Add(document.Id, document);
        if (!document.IsEqual)
        {
            _outgoing.Plan(document);
        }
    }

    private void Tick(TimeSpan now)
    {
        if (now >= DueAt && _context.Errands == 0)
        {
            _context.Fail(SyncRefusal.Stalled);
        }
        else if (_progress.IsOver(now))
        {
            _context.Fail(SyncRefusal.NoProgress);
        }
    }

    private void GoOn()
    {
        if (_context.IsOpener && !_summaryAsked && _digests.IsIdle)
        {
            _wanted.AddRange(_digests.Differing.Except(_wanted).Take(SyncProtocol.DocumentsMax - _wanted.Count).ToArray());
            if (_wanted.Count > 0)
            {
                AskSummaries();
            }
        }

        bool settled = true;
        foreach (SyncDocument document in _context.Documents.Values)
        {
            if (document.IsEqual)
            {
                continue;
            }

            _ranges.Get(document);
            if (_context.IsOpener && document.IsChecked && !document.IsRanged && (document.WantsRange || !document.HasTheirHeads) && !_remoteEnded)
            {
                _ranges.Start(document);
            }

            settled &= document.IsChecked && document.Inserting == 0 && RangeTalk.IsIdle(document);
        }

        _outgoing.Pump();
        bool isDone = _outgoing.IsIdle && _digests.IsIdle && _context.Errands == 0
            && (_remoteEnded || (_context.IsOpener && settled && (_summaryReceived || _wanted.Count == 0)));
        if (isDone && !_context.IsWritingClosed)
        {
            _context.IsWritingClosed = true;
            _context.Effects.Add(new CloseWriting());
        }
    }

    private void Finish()
    {
        bool failed = _context.Refusal != SyncRefusal.None;
        if (!failed && !(_context.IsWritingClosed && _remoteEnded && _context.Errands + _context.Unsent == 0))
        {
            return;
        }

        if (failed && _context.Refusal is not (SyncRefusal.PeerError or SyncRefusal.Cut or SyncRefusal.Stalled) && !_context.IsWritingClosed)
        {
            _context.Send(new ErrorMessage((ulong)_context.Refusal, _context.Refusal.ToString()));
        }

        foreach (SyncDocument document in _context.Documents.Values)
        {
            document.Provisional.DropAll();
        }

        _ended = true;
        _context.Effects.Add(new EndSession(_context.Refusal));
    }
}
