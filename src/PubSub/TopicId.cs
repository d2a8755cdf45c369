using System.Text;
using P2P.PubSub.Routing;

namespace P2P.PubSub;

/// <summary>The name of a topic: UTF-8, 1 to 256 bytes. Immutable; compares by bytes. <c>default</c> is none and refused.</summary>
/// <remarks>Spec: limits, section 2 (topic name).</remarks>
public readonly struct TopicId : IEquatable<TopicId>
{
    /// <summary>Longest name in bytes of UTF-8.</summary>
    public const int BytesMax = 256;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly string? _name;

    /// <summary>Names a topic.</summary>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">Empty, too long, or not valid Unicode.</exception>
    public TopicId(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] utf8 = s_strict.GetBytes(name);
        if (utf8.Length > BytesMax)
        {
            throw new ArgumentException($"A topic name has at most {BytesMax} bytes, this one has {utf8.Length}.", nameof(name));
        }

        _name = name;
        Key = TopicKey.Of(utf8);
    }

    /// <summary>The name; empty for <c>default</c>.</summary>
    public string Name => _name ?? string.Empty;

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => _name is null;

    /// <summary>How the router knows the topic.</summary>
    internal TopicKey Key { get; }

    /// <summary>Names a topic; as the constructor.</summary>
    /// <param name="name">1 to 256 bytes of UTF-8.</param>
    public static implicit operator TopicId(string name) => new(name);

    /// <inheritdoc/>
    public bool Equals(TopicId other) => Key == other.Key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TopicId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Same name.</summary>
    public static bool operator ==(TopicId left, TopicId right) => left.Equals(right);

    /// <summary>Different names.</summary>
    public static bool operator !=(TopicId left, TopicId right) => !left.Equals(right);
}
