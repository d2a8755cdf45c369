namespace P2P.Dht;

/// <summary>
/// Decides which values a key of one namespace may hold. Port: the application registers its own. Called on the DHT's loop, so it must be
/// quick; must never throw on hostile bytes.
/// </summary>
public interface IKadValidator
{
    /// <summary>The namespace without slashes: <c>pk</c> serves keys <c>/pk/…</c>.</summary>
    string Namespace { get; }

    /// <summary>Whether the key may hold the value.</summary>
    /// <param name="key">The whole key, namespace included.</param>
    /// <param name="value">The value, at most <see cref="KadOptions.ValueBytesMax"/> bytes.</param>
    bool IsValid(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Orders two valid values of one key: negative when <paramref name="left"/> is the better one, 0 when they are as good.</summary>
    /// <param name="key">The whole key.</param>
    /// <param name="left">A valid value.</param>
    /// <param name="right">A valid value.</param>
    int Compare(ReadOnlySpan<byte> key, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);
}
