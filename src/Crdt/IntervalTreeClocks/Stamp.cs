using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// An Interval Tree Clock: what a replica may raise (<see cref="Id"/>) and what it knows (<see cref="Events"/>). Immutable. A stamp from a peer is a
/// hint: it may save bytes, it never decides validity, order, access, deletion or deduplication.
/// </summary>
/// <remarks>Spec: interval-tree-clocks.</remarks>
public sealed class Stamp : IEquatable<Stamp>
{
    /// <summary>Creates one.</summary>
    /// <param name="id">What it may raise.</param>
    /// <param name="events">What it knows.</param>
    public Stamp(Id id, EventTree events)
    {
        Id = id;
        Events = events;
    }

    /// <summary>The first stamp of a causality domain; a second one in the same domain is a defect that nothing can detect later.</summary>
    public static Stamp Seed { get; } = new(Id.One, EventTree.Zero);

    /// <summary>What it may raise.</summary>
    public Id Id { get; }

    /// <summary>What it knows.</summary>
    public EventTree Events { get; }

    /// <summary>Whether it may record no event.</summary>
    public bool IsAnonymous => Id.IsZero;

    /// <summary>Reads the text form, such as <c>((1, 0), (0, 1, 0))</c>, and brings it into normal form.</summary>
    /// <param name="text">Typed by a person.</param>
    /// <exception cref="FormatException">It is not one.</exception>
    public static Stamp Parse(string text)
    {
        TreeText reader = new(text);
        Stamp stamp = reader.ReadStamp();
        reader.ReadEnd();
        return stamp;
    }

    /// <summary>Reads the binary form; never throws on input.</summary>
    /// <param name="source">Exactly one stamp.</param>
    /// <param name="stamp">The stamp.</param>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Stamp? stamp) => TryDecode(source, out stamp, out _);

    /// <summary>Reads the binary form; never throws on input. Accepts exactly what <see cref="Encode()"/> writes.</summary>
    /// <param name="source">Exactly one stamp.</param>
    /// <param name="stamp">The stamp.</param>
    /// <param name="refusal">Why not.</param>
    public static bool TryDecode(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Stamp? stamp, out StampRefusal refusal)
    {
        refusal = StampDecoder.TryRead(source, out Skyline id, out Skyline events);
        stamp = refusal == StampRefusal.None ? new Stamp(new Id(id), new EventTree(events)) : null;
        return stamp is not null;
    }

    /// <summary>Two stamps that know the same and share what this one owned. Of an anonymous one, two anonymous ones.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.DepthLimit"/>.</exception>
    public (Stamp Left, Stamp Right) Fork()
    {
        (Id left, Id right) = Id.Split();
        return (new Stamp(left, Events), new Stamp(right, Events));
    }

    /// <summary>What this one knows, owning nothing: what a message carries.</summary>
    public Stamp Peek() => IsAnonymous ? this : new Stamp(Id.Zero, Events);

    /// <summary>After one more event here.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.Anonymous"/>.</exception>
    /// <exception cref="ClockOverflowException">The counter is at its end.</exception>
    public Stamp Event() =>
        IsAnonymous ? throw new ClockException(ClockError.Anonymous, "A stamp that owns nothing records no event.") : new Stamp(Id, Events.Raise(Id));

    /// <summary>Both together.</summary>
    /// <param name="other">The other.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>.</exception>
    public Stamp Join(Stamp other) => new(Id.Sum(other.Id), Events.Join(other.Events));

    /// <summary>Both together; refused when they own the same part.</summary>
    /// <param name="other">The other.</param>
    /// <param name="joined">Both together.</param>
    public bool TryJoin(Stamp other, [NotNullWhen(true)] out Stamp? joined)
    {
        joined = Id.TrySum(other.Id, out Id? id) ? new Stamp(id, Events.Join(other.Events)) : null;
        return joined is not null;
    }

    /// <summary>Whether <paramref name="other"/> knows everything this one knows. Ids are not compared. Allocates nothing.</summary>
    /// <param name="other">The other.</param>
    public bool Leq(Stamp other) => Events.Leq(other.Events);

    /// <summary>How both lie in causal order.</summary>
    /// <param name="other">The other.</param>
    public ClockOrder CompareTo(Stamp other) => (Leq(other), other.Leq(this)) switch
    {
        (true, true) => ClockOrder.Equal,
        (true, false) => ClockOrder.Before,
        (false, true) => ClockOrder.After,
        (false, false) => ClockOrder.Concurrent,
    };

    /// <summary>An event, and the message that tells of it.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.Anonymous"/>.</exception>
    public (Stamp Stamp, Stamp Message) Send()
    {
        Stamp stamp = Event();
        return (stamp, stamp.Peek());
    }

    /// <summary>After a message has arrived, which is an event too.</summary>
    /// <param name="message">What <see cref="Send"/> gave.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>, <see cref="ClockError.Anonymous"/>.</exception>
    public Stamp Receive(Stamp message) => Join(message).Event();

    /// <summary>Two replicas that have told each other everything.</summary>
    /// <param name="other">The other.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>, <see cref="ClockError.DepthLimit"/>.</exception>
    public (Stamp Left, Stamp Right) Sync(Stamp other) => Join(other).Fork();

    /// <summary>The binary form.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.SizeLimit"/> or <see cref="ClockError.DepthLimit"/>: no decoder would accept it.</exception>
    public byte[] Encode()
    {
        BitWriter writer = new();
        try
        {
            Write(ref writer);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Writes the binary form.</summary>
    /// <param name="destination">At least <see cref="ClockLimits.StampBytesMax"/> bytes always suffice.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ClockException"><see cref="ClockError.SizeLimit"/> or <see cref="ClockError.DepthLimit"/>: no decoder would accept it.</exception>
    public int Encode(Span<byte> destination)
    {
        BitWriter writer = new();
        try
        {
            Write(ref writer);
            writer.Written.CopyTo(destination);
            return writer.Written.Length;
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <inheritdoc/>
    public bool Equals(Stamp? other) => other is not null && Id.Equals(other.Id) && Events.Equals(other.Events);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Stamp);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Events);

    /// <summary>The text form, a space after every comma.</summary>
    public override string ToString()
    {
        StringBuilder text = new("(");
        TreeText.Write(text, new SkylineNodes(Id.Skyline), hasBase: false).Append(", ");
        return TreeText.Write(text, new SkylineNodes(Events.Skyline), hasBase: true).Append(')').ToString();
    }

    private void Write(ref BitWriter writer)
    {
        if (Math.Max(Id.Depth, Events.Depth) > ClockLimits.DepthMax)
        {
            throw new ClockException(ClockError.DepthLimit, $"A stamp has at most {ClockLimits.DepthMax} levels.");
        }

        StampCodec.Write(ref writer, Id.Skyline, Events.Skyline);
        if (writer.Written.Length > ClockLimits.StampBytesMax)
        {
            throw new ClockException(ClockError.SizeLimit, $"A stamp has at most {ClockLimits.StampBytesMax} bytes.");
        }
    }
}
