namespace P2P.Node.Logs;

/// <summary>How an entry of a log becomes bytes and back. Stateless, thread-safe.</summary>
/// <typeparam name="T">The entry.</typeparam>
public interface ILogFormat<T>
{
    /// <summary>The bytes of an entry.</summary>
    /// <param name="item">The entry.</param>
    byte[] Write(T item);

    /// <summary>
    /// Reads what anybody may have written. Should not throw; what throws all the same is refused as <see cref="EntryRefusal.TypeThrew"/>, and nobody's
    /// reading ends by it.
    /// </summary>
    /// <param name="source">Any bytes.</param>
    /// <param name="item">The entry.</param>
    bool TryRead(ReadOnlySpan<byte> source, out T? item);
}
