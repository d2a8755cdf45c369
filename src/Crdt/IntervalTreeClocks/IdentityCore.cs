using P2P.Core.Runtime;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// The identity of one replica in one causality domain, as a pure state machine. <em>Persist, then send; leak, never duplicate</em>: a parent's reduced
/// id is durable before the grant leaves, a child's grant before its first event, a leaver's empty id before the bequest. A lost message leaks an
/// interval; none can be used twice.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 6. One owner.</remarks>
public sealed class IdentityCore
{
    private readonly IdentityOptions _options;
    private readonly IChance _chance;
    private readonly List<(UInt128 Nonce, Stamp Grant)> _grants;
    private readonly List<UInt128> _inherited;

    /// <summary>Sends that wait until a version is durable, in order.</summary>
    private readonly Queue<IdentityEffect> _waiting = new();
    private readonly long[] _refused = new long[Enum.GetValues<IdentityRefusal>().Length];
    private UInt128? _asking;
    private long _version;
    private long _stored;

    /// <summary>Creates one.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="chance">For nonces.</param>
    /// <param name="record">From the store; null for a new replica.</param>
    public IdentityCore(IdentityOptions options, IChance chance, IdentityRecord? record = null)
    {
        record ??= IdentityRecord.Empty;
        _options = options;
        _chance = chance;
        _grants = [.. record.Grants.TakeLast(options.GrantsMax)];
        _inherited = [.. record.Inherited.TakeLast(options.InheritedMax)];
        _asking = record.Asking;
        Epoch = record.Epoch;
        Stamp = record.Stamp;
    }

    /// <summary>What it owns and knows. To be shown to others only while <see cref="IsDurable"/>.</summary>
    public Stamp Stamp { get; private set; }

    /// <summary>The causality epoch.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether the store has everything.</summary>
    public bool IsDurable => _stored == _version;

    /// <summary>What the store must hold now.</summary>
    public IdentityRecord Record => new(Epoch, Stamp, _asking, [.. _grants], [.. _inherited]);

    /// <summary>How often an input was refused for a reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(IdentityRefusal refusal) => _refused[(int)refusal];

    /// <summary>Applies one input; appends what must be done.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="effects">What to do, in this order.</param>
    public void Step(in IdentityInput input, List<IdentityEffect> effects)
    {
        IdentityRefusal refusal = input.Kind switch
        {
            IdentityInputKind.Create => Create(effects),
            IdentityInputKind.Ask => Ask(input, effects),
            IdentityInputKind.Asked => Grant(input, effects),
            IdentityInputKind.Granted => Accept(input, effects),
            IdentityInputKind.Record => RecordEvent(effects),
            IdentityInputKind.Leave => Leave(input, effects),
            IdentityInputKind.Inherited => Inherit(input, effects),
            IdentityInputKind.Stored => Release(input.Version, effects),
            IdentityInputKind.Restored => Forget(Epoch, null, effects),
            IdentityInputKind.Learned => Learn(input.Stamp),
            IdentityInputKind.Checkpoint => input.Epoch > Epoch ? Forget(input.Epoch, input.Stamp, effects) : IdentityRefusal.OtherEpoch,
            _ => throw new System.Diagnostics.UnreachableException($"Unknown input {input.Kind}."),
        };
        _refused[(int)refusal]++;
        if (refusal != IdentityRefusal.None)
        {
            effects.Add(new IdentityEffect(IdentityEffectKind.Refuse, input.Peer, input.Nonce, Epoch, Refusal: refusal));
        }
    }

    private IdentityRefusal Create(List<IdentityEffect> effects)
    {
        if (!Stamp.IsAnonymous)
        {
            return IdentityRefusal.AlreadyOwner;
        }

        Stamp = Stamp.Seed;
        Store(effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal Ask(in IdentityInput input, List<IdentityEffect> effects)
    {
        if (!Stamp.IsAnonymous)
        {
            return IdentityRefusal.AlreadyOwner;
        }

        if (_waiting.Count >= _options.WaitingMax)
        {
            return IdentityRefusal.Busy;
        }

        // One nonce until it is answered, across restarts: whoever is asked twice answers with the same grant.
        _asking ??= new UInt128(_chance.NextUInt64(), _chance.NextUInt64());
        SendDurably(new IdentityEffect(IdentityEffectKind.SendRequest, input.Peer, _asking.Value, Epoch), effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal Grant(in IdentityInput input, List<IdentityEffect> effects)
    {
        UInt128 nonce = input.Nonce;
        if (input.Epoch != Epoch)
        {
            return IdentityRefusal.OtherEpoch;
        }

        if (_waiting.Count >= _options.WaitingMax)
        {
            return IdentityRefusal.Busy;
        }

        int known = _grants.FindIndex(g => g.Nonce == nonce);
        if (known >= 0)
        {
            SendDurably(new IdentityEffect(IdentityEffectKind.SendGrant, input.Peer, nonce, Epoch, _grants[known].Grant), effects);
            return IdentityRefusal.None;
        }

        if (Stamp.IsAnonymous)
        {
            return IdentityRefusal.Anonymous;
        }

        if (Stamp.Id.Depth >= ClockLimits.DepthMax)
        {
            return IdentityRefusal.DepthLimit;
        }

        (Stamp, Stamp granted) = Stamp.Fork();
        _grants.Add((nonce, granted));
        _grants.RemoveRange(0, Math.Max(0, _grants.Count - _options.GrantsMax));
        SendDurably(new IdentityEffect(IdentityEffectKind.SendGrant, input.Peer, nonce, Epoch, granted), effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal Accept(in IdentityInput input, List<IdentityEffect> effects)
    {
        if (_asking != input.Nonce || input.Stamp is null)
        {
            return IdentityRefusal.Unexpected;
        }

        if (input.Epoch != Epoch)
        {
            return IdentityRefusal.OtherEpoch;
        }

        if (input.Stamp.IsAnonymous)
        {
            return IdentityRefusal.Empty;
        }

        if (input.Stamp.Events.Max >= ClockLimits.CounterMax)
        {
            return IdentityRefusal.Overflow;
        }

        _asking = null;
        Stamp = Stamp.Join(input.Stamp);
        Store(effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal RecordEvent(List<IdentityEffect> effects)
    {
        if (Stamp.IsAnonymous)
        {
            return IdentityRefusal.Anonymous;
        }

        try
        {
            Stamp = Stamp.Event();
        }
        catch (ClockOverflowException)
        {
            return IdentityRefusal.Overflow;
        }

        Store(effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal Learn(Stamp? theirs)
    {
        Stamp = theirs is null ? Stamp : Stamp.Join(theirs.Peek());
        return IdentityRefusal.None;
    }

    private IdentityRefusal Leave(in IdentityInput input, List<IdentityEffect> effects)
    {
        if (Stamp.IsAnonymous)
        {
            return IdentityRefusal.Anonymous;
        }

        if (_waiting.Count >= _options.WaitingMax)
        {
            return IdentityRefusal.Busy;
        }

        Stamp left = Stamp;
        Stamp = Stamp.Peek();
        UInt128 nonce = new(_chance.NextUInt64(), _chance.NextUInt64());
        SendDurably(new IdentityEffect(IdentityEffectKind.SendBequest, input.Peer, nonce, Epoch, left), effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal Inherit(in IdentityInput input, List<IdentityEffect> effects)
    {
        if (input.Epoch != Epoch)
        {
            return IdentityRefusal.OtherEpoch;
        }

        if (input.Stamp is null || input.Stamp.IsAnonymous)
        {
            return IdentityRefusal.Empty;
        }

        if (input.Stamp.Events.Max >= ClockLimits.CounterMax)
        {
            return IdentityRefusal.Overflow;
        }

        if (_inherited.Contains(input.Nonce))
        {
            return IdentityRefusal.None;
        }

        if (!Stamp.TryJoin(input.Stamp, out Stamp? joined))
        {
            return IdentityRefusal.Overlap;
        }

        Stamp = joined;
        _inherited.Add(input.Nonce);
        _inherited.RemoveRange(0, Math.Max(0, _inherited.Count - _options.InheritedMax));
        Store(effects);
        return IdentityRefusal.None;
    }

    /// <summary>Drops the id and every promise made with it; what is known stays within an epoch.</summary>
    private IdentityRefusal Forget(long epoch, Stamp? seed, List<IdentityEffect> effects)
    {
        Stamp = seed ?? (epoch == Epoch ? Stamp.Peek() : new Stamp(Id.Zero, EventTree.Zero));
        Epoch = epoch;
        _asking = null;
        _grants.Clear();
        _inherited.Clear();
        _waiting.Clear();
        Store(effects);
        return IdentityRefusal.None;
    }

    private IdentityRefusal Release(long version, List<IdentityEffect> effects)
    {
        _stored = Math.Max(_stored, Math.Min(version, _version));
        while (_waiting.TryPeek(out IdentityEffect next) && next.Version <= _stored)
        {
            effects.Add(_waiting.Dequeue());
        }

        return IdentityRefusal.None;
    }

    private void SendDurably(IdentityEffect effect, List<IdentityEffect> effects)
    {
        Store(effects);
        _waiting.Enqueue(effect with { Version = _version });
    }

    private void Store(List<IdentityEffect> effects) => effects.Add(new IdentityEffect(IdentityEffectKind.Store, Epoch: Epoch, Version: ++_version));
}
