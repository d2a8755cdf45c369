using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.State;

/// <summary>How the entries of one state list are written. They compare as their canonical bytes do.</summary>
/// <typeparam name="T">What the fold holds anyway, so that an entry costs no bytes of its own.</typeparam>
internal interface IEntryForm<in T> : IComparer<T>
    where T : notnull
{
    /// <summary>Writes one entry.</summary>
    /// <param name="writer">Receives canonical DAG-CBOR.</param>
    /// <param name="item">The entry.</param>
    void Write(DagCborWriter writer, T item);
}
