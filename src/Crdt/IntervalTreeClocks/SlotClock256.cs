using System.Runtime.CompilerServices;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// A clock over 256 slots: a vector clock of fixed size whose slots change hands. For sessions with a known cap of writers, such as a LAN; a
/// <see cref="Stamp"/> for the rest. A value without allocation; <c>default</c> owns nothing and knows nothing.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 8.</remarks>
public readonly struct SlotClock256
{
    /// <summary>How many slots there are.</summary>
    public const int Slots = 256;

    private const int Words = Slots / 64;

    private readonly IdBits _id;
    private readonly CounterSlots _counters;

    private SlotClock256(in IdBits id, in CounterSlots counters)
    {
        _id = id;
        _counters = counters;
    }

    /// <summary>Owns every slot and knows nothing: one for each domain.</summary>
    public static SlotClock256 Seed { get; } = CreateSeed();

    /// <summary>How many slots it owns.</summary>
    public int Owned => SlotMath.Count(_id);

    /// <summary>Whether it owns a slot.</summary>
    /// <param name="slot">Below <see cref="Slots"/>.</param>
    public bool Owns(int slot) => ((_id[slot / 64] >> (slot % 64)) & 1) == 1;

    /// <summary>The counter of a slot.</summary>
    /// <param name="slot">Below <see cref="Slots"/>.</param>
    public long Counter(int slot) => (long)_counters[slot];

    /// <summary>Gives the upper half of the own slots away, rounded down.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.NoSlots"/>: fewer than two are left.</exception>
    public (SlotClock256 Kept, SlotClock256 Given) Fork()
    {
        IdBits kept = default, given = default;
        return SlotMath.TryFork(_id, kept, given)
            ? (new SlotClock256(kept, _counters), new SlotClock256(given, _counters))
            : throw new ClockException(ClockError.NoSlots, $"{Owned} of {Slots} slots cannot be shared.");
    }

    /// <summary>What it knows, owning nothing: what a message carries.</summary>
    public SlotClock256 Peek() => new(default, _counters);

    /// <summary>After one more event here.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.Anonymous"/>.</exception>
    /// <exception cref="ClockOverflowException">The counter is at its end.</exception>
    public SlotClock256 Event()
    {
        CounterSlots counters = _counters;
        return SlotMath.TryRaise(_id, counters) switch
        {
            ClockError.None => new SlotClock256(_id, counters),
            ClockError.Overflow => throw new ClockOverflowException(),
            _ => throw new ClockException(ClockError.Anonymous, "A clock that owns no slot records no event."),
        };
    }

    /// <summary>Both together; refused when they own the same slot.</summary>
    /// <param name="other">The other.</param>
    /// <param name="joined">Both together.</param>
    public bool TryJoin(in SlotClock256 other, out SlotClock256 joined)
    {
        IdBits id = _id;
        CounterSlots counters = _counters;
        bool isJoined = !SlotMath.Overlap(id, other._id);
        if (isJoined)
        {
            SlotMath.Or(id, other._id);
            SlotMath.Raise(counters, other._counters);
        }

        joined = isJoined ? new SlotClock256(id, counters) : this;
        return isJoined;
    }

    /// <summary>Both together.</summary>
    /// <param name="other">The other.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>.</exception>
    public SlotClock256 Join(in SlotClock256 other) =>
        TryJoin(other, out SlotClock256 joined) ? joined : throw new ClockException(ClockError.Overlap, "Both clocks own the same slot.");

    /// <summary>Whether <paramref name="other"/> knows everything this one knows.</summary>
    /// <param name="other">The other.</param>
    public bool Leq(in SlotClock256 other) => SlotMath.Leq(_counters, other._counters);

    /// <summary>How both lie in causal order.</summary>
    /// <param name="other">The other.</param>
    public ClockOrder CompareTo(in SlotClock256 other) => SlotMath.Compare(Leq(other), other.Leq(this));

    /// <summary>The binary form.</summary>
    public byte[] Encode() => SlotMath.Encode(_id, _counters);

    /// <summary>Reads the binary form; never throws on input. Accepts exactly what <see cref="Encode"/> writes.</summary>
    /// <param name="source">Exactly one clock.</param>
    /// <param name="clock">The clock.</param>
    public static bool TryDecode(ReadOnlySpan<byte> source, out SlotClock256 clock)
    {
        IdBits id = default;
        CounterSlots counters = default;
        bool isClock = SlotMath.TryDecode(source, id, counters);
        clock = isClock ? new SlotClock256(id, counters) : default;
        return isClock;
    }

    private static SlotClock256 CreateSeed()
    {
        IdBits id = default;
        ((Span<ulong>)id).Fill(ulong.MaxValue);
        return new SlotClock256(id, default);
    }

    [InlineArray(Words)]
    private struct IdBits
    {
        private ulong _word;
    }

    [InlineArray(Slots)]
    private struct CounterSlots
    {
        private ulong _slot;
    }
}
