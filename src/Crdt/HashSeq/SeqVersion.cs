using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>A version of a text: a frontier, that is a set of event CIDs. It stands for these events and everything before them. Immutable.</summary>
/// <remarks>Spec: hashseq, section 12.</remarks>
public sealed class SeqVersion : IEquatable<SeqVersion>
{
    private readonly Cid[] _heads;

    /// <summary>A version from its events.</summary>
    /// <param name="heads">In any order; duplicates count once. Ancestors of others among them change nothing.</param>
    public SeqVersion(IEnumerable<Cid> heads) => _heads = [.. heads.Distinct().Order()];

    /// <summary>Before the first event.</summary>
    public static SeqVersion Empty { get; } = new([]);

    /// <summary>The events, ascending.</summary>
    public IReadOnlyList<Cid> Heads => _heads;

    /// <inheritdoc/>
    public bool Equals(SeqVersion? other) => other is not null && _heads.AsSpan().SequenceEqual(other._heads);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SeqVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => _heads.Length == 0 ? 0 : HashCode.Combine(_heads.Length, _heads[0], _heads[^1]);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _heads);
}
