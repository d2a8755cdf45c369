using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Presence;

/// <summary>
/// Who is in a document, as a pure state machine: when this node speaks, whom it believes, and for how long. Nothing of it is stored, and nothing of it
/// reaches the document.
/// </summary>
/// <remarks>Spec: replica, section 11. One owner.</remarks>
public sealed class PresenceCore
{
    private readonly PresenceOptions _options;
    private readonly PresenceCrowd _crowd;
    private readonly PeerId _self;
    private readonly long[] _refused = new long[Enum.GetValues<PresenceRefusal>().Length];
    private (string Name, uint Colour)? _shown;
    private PresenceCaret? _caret;
    private ulong _number;
    private TimeSpan? _sentAt;
    private TimeSpan _notBefore;
    private bool _isNews;
    private bool _isPlacing;
    private bool _isLeaving;

    /// <summary>Creates one.</summary>
    /// <param name="options">Pace, life and limits.</param>
    /// <param name="self">This node: nobody else speaks for it.</param>
    /// <param name="firstNumber">Number of the first message; above those of an earlier run, so take the clock.</param>
    public PresenceCore(PresenceOptions options, PeerId self, ulong firstNumber)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _crowd = new PresenceCrowd(options);
        _self = self;
        _number = firstNumber;
    }

    /// <summary>The others, by peer id.</summary>
    public IReadOnlyList<PresencePeer> Others => _crowd.List();

    /// <summary>How often a message was refused for a reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(PresenceRefusal refusal) => _refused[(int)refusal];

    /// <summary>When the next tick is due; null while there is nothing to wait for.</summary>
    public TimeSpan? Due => Earlier(SpeaksAt, _crowd.ExpiresAt);

    private TimeSpan? SpeaksAt
    {
        get
        {
            if (_shown is null || _isPlacing)
            {
                return null;
            }

            TimeSpan due = _sentAt is TimeSpan sent ? sent + (_isNews ? _options.Pace : _options.Refresh) : TimeSpan.Zero;
            return due > _notBefore ? due : _notBefore;
        }
    }

    /// <summary>Applies one input; appends what must be done to <paramref name="effects"/>.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">Time since the start.</param>
    /// <param name="effects">What to do, in this order.</param>
    public void Step(PresenceInput input, TimeSpan now, List<PresenceEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(effects);
        bool changed = _crowd.Expire(now);
        switch (input.Kind)
        {
            case PresenceInputKind.Show:
                _shown = (input.Name, input.Colour);
                (_isNews, _isLeaving) = (true, false);
                break;
            case PresenceInputKind.Move:
                _caret = input.Caret;
                _isNews = true;
                break;
            case PresenceInputKind.Placed:
                Placed(input, now, effects);
                break;
            case PresenceInputKind.Leave:
                _caret = null;
                (_isNews, _isLeaving) = (true, true); // one last message without a caret; the rest is silence
                break;
            case PresenceInputKind.Received:
                changed |= Receive(input, now, effects);
                break;
            case PresenceInputKind.Joined:
                _isNews = true;
                break;
            case PresenceInputKind.Tick:
                break;
            default:
                throw new UnreachableException($"Unknown input {input.Kind}.");
        }

        if (SpeaksAt <= now)
        {
            Speak(now, effects);
        }

        if (changed)
        {
            effects.Add(new PresenceEffect(PresenceEffectKind.Changed));
        }
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;

    private void Speak(TimeSpan now, List<PresenceEffect> effects)
    {
        _isNews = false;
        if (_caret is null)
        {
            Publish(null, null, now, effects);
            return;
        }

        _isPlacing = true;
        effects.Add(new PresenceEffect(PresenceEffectKind.Place, _caret));
    }

    private void Placed(PresenceInput input, TimeSpan now, List<PresenceEffect> effects)
    {
        _isPlacing = false;
        if (_shown is null)
        {
            return;
        }

        if (input.Cursor is null && _caret is not null)
        {
            // What was typed last is in no event yet, so the others could not find it: they see the caret where it was until they can.
            _isNews = true;
            _notBefore = now + _options.Pace;
            if (now - _sentAt < _options.Refresh)
            {
                return;
            }
        }

        Publish(input.Cursor, input.Anchor, now, effects);
    }

    private void Publish(PresencePlace? cursor, PresencePlace? anchor, TimeSpan now, List<PresenceEffect> effects)
    {
        if (_shown is not var (name, colour))
        {
            return;
        }

        PresenceMessage message = new(name, colour, cursor, anchor, _number++);
        effects.Add(new PresenceEffect(PresenceEffectKind.Publish, Payload: PresenceCodec.Encode(message)));
        _sentAt = now;
        if (_isLeaving && !_isNews)
        {
            _shown = null;
            _isLeaving = false;
        }
    }

    private bool Receive(PresenceInput input, TimeSpan now, List<PresenceEffect> effects)
    {
        PresenceRefusal refusal = Judge(input, now, out PresenceMessage? message, out bool shows);
        _refused[(int)refusal]++;
        effects.Add(new PresenceEffect(PresenceEffectKind.Judge, Advice: refusal switch
        {
            PresenceRefusal.None => GossipAdvice.Accept,
            // What the neighbour could have seen to be wrong; everything else is a matter of who heard what, and nobody's fault.
            PresenceRefusal.Size or PresenceRefusal.Schema or PresenceRefusal.Version or PresenceRefusal.Name or PresenceRefusal.Colour
                or PresenceRefusal.Place or PresenceRefusal.NoAuthor => GossipAdvice.Reject,
            _ => GossipAdvice.Ignore,
        }));
        return message is not null && shows;
    }

    private PresenceRefusal Judge(PresenceInput input, TimeSpan now, out PresenceMessage? message, out bool shows)
    {
        message = null;
        shows = false;
        if (input.Author.IsNone)
        {
            return PresenceRefusal.NoAuthor;
        }

        if (input.Author == _self)
        {
            return PresenceRefusal.Own;
        }

        PresenceRefusal refusal = _crowd.CountSource(input.Source, now);
        if (refusal == PresenceRefusal.None)
        {
            refusal = PresenceCodec.TryDecode(input.Data.Span, out message);
        }

        if (refusal == PresenceRefusal.None)
        {
            refusal = _crowd.Take(input.Source, new PresencePeer(input.Author, message!), now, out shows);
        }

        return refusal;
    }
}
