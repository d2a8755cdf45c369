namespace P2P.Crdt.Events;

/// <summary>Answer of a type's rules. <c>default</c> is not a pass.</summary>
/// <param name="IsValid">Whether the event passes.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Measure">A number the index keeps for later events that link this one; see <see cref="LinkedEvent.Measure"/>.</param>
public readonly record struct TypeVerdict(bool IsValid, InvalidReason Reason, uint Measure)
{
    /// <summary>Passes.</summary>
    /// <param name="measure">See <see cref="LinkedEvent.Measure"/>.</param>
    public static TypeVerdict Valid(uint measure = 0) => new(true, InvalidReason.None, measure);

    /// <summary>Refused for ever.</summary>
    /// <param name="reason">Not None.</param>
    public static TypeVerdict Invalid(InvalidReason reason) => new(false, reason, 0);
}
