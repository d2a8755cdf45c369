namespace P2P.Core.Encoding;

/// <summary>Rules of DAG-CBOR that need no reader of one's own. Static, thread-safe.</summary>
public static class DagCbor
{
    /// <summary>Whether the bytes are exactly one canonical item. One pass, no allocation, no recursion, never throws.</summary>
    /// <param name="source">All bytes; nothing may follow.</param>
    /// <param name="options">Limits, <see cref="DagCborOptions.Default"/> when null.</param>
    /// <returns><see cref="DagCborStatus.Valid"/> or the first thing found wrong.</returns>
    public static DagCborStatus Validate(ReadOnlySpan<byte> source, DagCborOptions? options = null)
    {
        DagCborScanner scanner = new(source, options ?? DagCborOptions.Default);
        scanner.SkipToEnd();
        scanner.End();
        return scanner.Status;
    }

    /// <summary>Order of map keys: shorter first, then by unsigned bytes.</summary>
    /// <param name="left">UTF-8.</param>
    /// <param name="right">UTF-8.</param>
    public static int CompareKeys(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
}
