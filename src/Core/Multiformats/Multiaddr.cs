using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2P.Core.Identity;

namespace P2P.Core.Multiformats;

/// <summary>A self-describing network address such as <c>/ip4/127.0.0.1/tcp/4001/p2p/12D3…</c>. Immutable; compares by bytes.</summary>
/// <remarks>
/// Spec: multiaddr. Reading never throws. Stricter than others where a binary form would not survive a round trip through
/// text: <c>/unix</c> must come last and start with '/', names may hold neither '/' nor control characters.
/// </remarks>
public sealed class Multiaddr : IEquatable<Multiaddr>
{
    /// <summary>Longest binary form accepted, in bytes.</summary>
    public const int BytesMax = 1024;

    private const int TextMax = 3 * BytesMax; // a percent-encoded path is three characters a byte

    private readonly byte[] _bytes;
    private readonly MultiaddrComponent[] _components;
    private string? _text;

    private Multiaddr(byte[] bytes, MultiaddrComponent[] components)
    {
        _bytes = bytes;
        _components = components;
        foreach (MultiaddrComponent component in components)
        {
            if (component.Protocol == MultiaddrProtocol.P2P && PeerId.TryRead(component.Value.Span, out PeerId peer))
            {
                PeerId = peer;
            }
        }
    }

    /// <summary>Binary form.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>The components in order.</summary>
    public IReadOnlyList<MultiaddrComponent> Components => _components;

    /// <summary>The last <c>/p2p</c> component, or none.</summary>
    public PeerId PeerId { get; }

    /// <summary>Reads a whole binary form.</summary>
    /// <param name="source">All bytes; nothing may follow.</param>
    /// <param name="value">The address.</param>
    /// <returns>False for an empty or overlong address, an unknown code, or a value its kind does not allow.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out Multiaddr? value)
    {
        value = null;
        if (source.IsEmpty || source.Length > BytesMax || !TryCount(source, out int count))
        {
            return false;
        }

        value = Build(source.ToArray(), count);
        return true;
    }

    /// <summary>Reads text. <c>/ipfs</c> is read as <c>/p2p</c>; one slash at the end is forgiven.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The address.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Multiaddr? value)
    {
        value = null;
        if (text.Length is < 2 or > TextMax || text[0] != '/')
        {
            return false;
        }

        ArrayBufferWriter<byte> bytes = new(64);
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 1)
        {
            if (!TryParseComponent(ref rest, bytes) || bytes.WrittenCount > BytesMax)
            {
                return false;
            }
        }

        return TryRead(bytes.WrittenSpan, out value);
    }

    /// <summary>As <see cref="TryParse"/>, for text typed by people.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not a multiaddr.</exception>
    public static Multiaddr Parse(string text) =>
        TryParse(text, out Multiaddr? value) ? value!
        : throw new FormatException("Not a multiaddr: expected a form such as /ip4/127.0.0.1/tcp/4001.");

    /// <summary><c>/ip4|ip6/…/tcp/…</c> of an end point.</summary>
    /// <param name="endPoint">Address and port. An IPv4 address mapped into IPv6 becomes <c>/ip4</c>; a scope id becomes <c>/ip6zone</c>.</param>
    public static Multiaddr FromTcp(IPEndPoint endPoint)
    {
        IPAddress address = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        string zone = address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0
            ? string.Create(CultureInfo.InvariantCulture, $"/ip6zone/{address.ScopeId}") : string.Empty;
        string kind = address.AddressFamily == AddressFamily.InterNetwork ? "ip4" : "ip6";
        IPAddress bare = new(address.GetAddressBytes());
        return Parse(string.Create(CultureInfo.InvariantCulture, $"{zone}/{kind}/{bare}/tcp/{endPoint.Port}"));
    }

    /// <summary><c>/memory/N</c>.</summary>
    /// <param name="number">The in-process listener.</param>
    public static Multiaddr FromMemory(ulong number) => Parse(string.Create(CultureInfo.InvariantCulture, $"/memory/{number}"));

    /// <summary>Whether this is <c>/ip4|ip6/tcp</c> (perhaps behind a numeric <c>/ip6zone</c>, perhaps followed by <c>/p2p</c>) and which end point it names.</summary>
    /// <param name="endPoint">The end point.</param>
    public bool TryGetTcp(out IPEndPoint? endPoint)
    {
        endPoint = null;
        ReadOnlySpan<MultiaddrComponent> parts = WithoutFinalPeer();
        uint scope = 0;
        if (parts.Length == 3 && parts[0].Protocol == MultiaddrProtocol.Ip6Zone && parts[1].Protocol == MultiaddrProtocol.Ip6
            && uint.TryParse(parts[0].Value.Span, NumberStyles.None, CultureInfo.InvariantCulture, out scope))
        {
            parts = parts[1..];
        }

        if (parts.Length != 2 || parts[1].Protocol != MultiaddrProtocol.Tcp
            || parts[0].Protocol is not (MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6))
        {
            return false;
        }

        IPAddress address = scope == 0 ? new IPAddress(parts[0].Value.Span) : new IPAddress(parts[0].Value.Span, scope);
        endPoint = new IPEndPoint(address, BinaryPrimitives.ReadUInt16BigEndian(parts[1].Value.Span));
        return true;
    }

    /// <summary>Whether this is <c>/memory/N</c> (perhaps followed by <c>/p2p</c>).</summary>
    /// <param name="number">The number.</param>
    public bool TryGetMemory(out ulong number)
    {
        ReadOnlySpan<MultiaddrComponent> parts = WithoutFinalPeer();
        bool found = parts.Length == 1 && parts[0].Protocol == MultiaddrProtocol.Memory;
        number = found ? BinaryPrimitives.ReadUInt64BigEndian(parts[0].Value.Span) : 0;
        return found;
    }

    /// <summary>
    /// This address with <c>/p2p/peer</c> at the end; itself when it already ends so. Another peer at the end is replaced.
    /// The result may be longer than <see cref="BytesMax"/>; it is then refused wherever it is read.
    /// </summary>
    /// <param name="peer">Not none.</param>
    public Multiaddr WithPeer(PeerId peer)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(peer.IsNone, true, nameof(peer));
        bool ends = _components[^1].Protocol == MultiaddrProtocol.P2P;
        if (ends && peer.Bytes.SequenceEqual(_components[^1].Value.Span))
        {
            return this;
        }

        ReadOnlySpan<byte> head = ends ? _bytes.AsSpan(0, StartOfLast()) : _bytes;
        ArrayBufferWriter<byte> bytes = new(head.Length + peer.Bytes.Length + 4);
        bytes.Write(head);
        WriteComponent(bytes, MultiaddrProtocol.P2P, peer.Bytes);
        return Build(bytes.WrittenSpan.ToArray(), _components.Length + (ends ? 0 : 1));
    }

    /// <summary>This address without a final <c>/p2p</c> component; itself when it has none, or nothing else.</summary>
    public Multiaddr WithoutPeer() => _components.Length > 1 && _components[^1].Protocol == MultiaddrProtocol.P2P
        ? Build(_bytes[..StartOfLast()], _components.Length - 1) : this;

    /// <inheritdoc/>
    public bool Equals(Multiaddr? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Multiaddr other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyedHash.Of(_bytes);

    /// <summary>Canonical text; reading it gives the same bytes.</summary>
    public override string ToString()
    {
        if (_text is not null)
        {
            return _text;
        }

        StringBuilder text = new(_bytes.Length * 2);
        foreach (MultiaddrComponent component in _components)
        {
            text.Append('/').Append(MultiaddrNames.Find(component.Protocol));
            if (MultiaddrValue.SizeOf(component.Protocol) != 0)
            {
                if (component.Protocol != MultiaddrProtocol.Unix) // its value begins with the slash
                {
                    text.Append('/');
                }

                MultiaddrValue.Append(text, component.Protocol, component.Value.Span);
            }
        }

        return _text = text.ToString();
    }

    private static bool TryParseComponent(ref ReadOnlySpan<char> rest, ArrayBufferWriter<byte> bytes)
    {
        MultiaddrProtocol protocol = MultiaddrNames.Find(NextSegment(ref rest));
        if (protocol == MultiaddrProtocol.None)
        {
            return false;
        }

        int size = MultiaddrValue.SizeOf(protocol);
        byte[] value = [];
        if (protocol == MultiaddrProtocol.Unix)
        {
            // A path swallows everything behind it, slashes included.
            if (!MultiaddrValue.TryParse(protocol, rest, out value))
            {
                return false;
            }

            rest = default;
        }
        else if (size != 0 && (rest.IsEmpty || !MultiaddrValue.TryParse(protocol, NextSegment(ref rest), out value)))
        {
            return false;
        }

        WriteComponent(bytes, protocol, value);
        return true;
    }

    private static ReadOnlySpan<char> NextSegment(ref ReadOnlySpan<char> rest)
    {
        ReadOnlySpan<char> text = rest[1..];
        int end = text.IndexOf('/');
        end = end < 0 ? text.Length : end;
        rest = text[end..];
        return text[..end];
    }

    private static void WriteComponent(ArrayBufferWriter<byte> bytes, MultiaddrProtocol protocol, ReadOnlySpan<byte> value)
    {
        bytes.Advance(VarInt.Write(bytes.GetSpan(VarInt.BytesMax), (ulong)protocol));
        if (MultiaddrValue.SizeOf(protocol) == MultiaddrValue.Variable)
        {
            bytes.Advance(VarInt.Write(bytes.GetSpan(VarInt.BytesMax), (ulong)value.Length));
        }

        bytes.Write(value);
    }

    private static bool TryCount(ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        int at = 0;
        while (at < source.Length)
        {
            if (!TryReadHead(source[at..], out MultiaddrProtocol protocol, out int head, out int size)
                || !MultiaddrValue.IsValid(protocol, source.Slice(at + head, size)))
            {
                return false;
            }

            at += head + size;
            count++;
            if (protocol == MultiaddrProtocol.Unix && at != source.Length)
            {
                return false; // its text would swallow what follows
            }
        }

        return true;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> source, out MultiaddrProtocol protocol, out int head, out int size)
    {
        protocol = MultiaddrProtocol.None;
        size = 0;
        if (VarInt.TryRead(source, out ulong code, out head) != OperationStatus.Done || code is 0 or > (ulong)MultiaddrProtocol.Memory)
        {
            return false;
        }

        protocol = (MultiaddrProtocol)code;
        size = MultiaddrValue.SizeOf(protocol);
        if (size == MultiaddrValue.Unknown)
        {
            return false;
        }

        if (size == MultiaddrValue.Variable)
        {
            if (VarInt.TryRead(source[head..], out ulong length, out int lengthBytes) != OperationStatus.Done || length > BytesMax)
            {
                return false;
            }

            head += lengthBytes;
            size = (int)length;
        }

        return size <= source.Length - head;
    }

    private static Multiaddr Build(byte[] bytes, int count)
    {
        MultiaddrComponent[] components = new MultiaddrComponent[count];
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            TryReadHead(bytes.AsSpan(at), out MultiaddrProtocol protocol, out int head, out int size);
            components[i] = new MultiaddrComponent(protocol, bytes.AsMemory(at + head, size));
            at += head + size;
        }

        return new Multiaddr(bytes, components);
    }

    private int StartOfLast()
    {
        ReadOnlySpan<byte> value = _components[^1].Value.Span;
        return _bytes.Length - value.Length - VarInt.SizeOf((ulong)value.Length) - VarInt.SizeOf((ulong)MultiaddrProtocol.P2P);
    }

    private ReadOnlySpan<MultiaddrComponent> WithoutFinalPeer() => _components.Length > 1 && _components[^1].Protocol == MultiaddrProtocol.P2P
        ? _components.AsSpan(0, _components.Length - 1) : _components;
}
