using P2P.Core.Crypto;

namespace P2P.Core.Identity;

/// <summary>A public key of any libp2p type. Immutable, thread-safe; the native key behind it is made on first use and kept.</summary>
/// <remarks>Spec: libp2p peer ids and keys.</remarks>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private readonly byte[] _protobuf;
    private ISignatureVerifier? _verifier;

    internal PublicKey(KeyType type, ReadOnlySpan<byte> data)
    {
        int head = KeyWire.HeadBytes(data.Length);
        _protobuf = new byte[head + data.Length];
        KeyWire.Write(type, data, _protobuf);
        Type = type;
        Data = _protobuf.AsMemory(head);
        PeerId = PeerId.FromKeyProtobuf(_protobuf);
    }

    /// <summary>The kind.</summary>
    public KeyType Type { get; }

    /// <summary>Key data as the type defines it (Ed25519: 32 raw bytes). Do not write to the array behind it.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The deterministic protobuf form (hashed into the peer id). Do not write to the array behind it.</summary>
    public ReadOnlyMemory<byte> Protobuf => _protobuf;

    /// <summary>The id this key proves.</summary>
    public PeerId PeerId { get; }

    private ISignatureVerifier Verifier => Volatile.Read(ref _verifier) ?? OpenVerifier();

    /// <summary>Reads the protobuf form. Refuses unknown types, wrong lengths, RSA below 2,048 or above 4,096 bits (before any big-number work).</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out PublicKey? key) => Read(source, out key) == KeyRefusal.None;

    /// <summary>As <see cref="TryRead"/>, and says why not. Never throws, never allocates for what it refuses.</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal Read(ReadOnlySpan<byte> source, out PublicKey? key)
    {
        key = null;
        KeyRefusal refusal = KeyWire.Read(source, KeyWire.PublicBytesMax, out KeyType type, out ReadOnlySpan<byte> data);
        if (refusal == KeyRefusal.None)
        {
            refusal = KeySchemes.CheckPublic(type, data);
        }

        if (refusal == KeyRefusal.None)
        {
            key = new PublicKey(type, data);
        }

        return refusal;
    }

    /// <summary>An Ed25519 key from its 32 raw bytes.</summary>
    /// <param name="raw">Exactly 32 bytes; copied.</param>
    public static PublicKey FromEd25519(ReadOnlySpan<byte> raw)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(raw.Length, Ed25519.PublicKeyBytes);
        return new PublicKey(KeyType.Ed25519, raw);
    }

    /// <summary>Whether <paramref name="signature"/> is this key's over <paramref name="message"/>. Never throws. Ed25519 on OpenSSL allocates nothing.</summary>
    /// <param name="message">The signed bytes.</param>
    /// <param name="signature">As the type defines it.</param>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Verifier.Verify(message, signature);

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) => other is not null && _protobuf.AsSpan().SequenceEqual(other._protobuf);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => PeerId.GetHashCode();

    /// <summary>The peer id's text.</summary>
    public override string ToString() => PeerId.ToString();

    private ISignatureVerifier OpenVerifier()
    {
        ISignatureVerifier mine = KeySchemes.OpenVerifier(Type, Data);
        ISignatureVerifier? first = Interlocked.CompareExchange(ref _verifier, mine, null);
        if (first is null)
        {
            return mine;
        }

        mine.Dispose(); // another thread was faster
        return first;
    }
}
