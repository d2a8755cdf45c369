using System.Buffers;
using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Transport.Identify;

/// <summary>Bytes of <c>/ipfs/id/1.0.0</c> and <c>/ipfs/id/push/1.0.0</c>. Static, thread-safe, never throws on input.</summary>
/// <remarks>
/// Spec: libp2p wire, section 10, with field 8 of the implementations. A sender may split: go sends the signed record in a second message, so a
/// reader merges until the end of the stream. Merging protobuf messages is the same as concatenating their bytes, which is what happens here.
/// </remarks>
public static class IdentifyWire
{
    /// <summary>Query protocol: the responder sends and closes.</summary>
    public const string ProtocolId = "/ipfs/id/1.0.0";

    /// <summary>Push protocol: the initiator sends and closes.</summary>
    public const string PushProtocolId = "/ipfs/id/push/1.0.0";

    /// <summary>Longest message read, in bytes.</summary>
    public const int MessageBytesMax = 8 * 1024;

    /// <summary>Most messages read from one stream.</summary>
    public const int MessagesMax = 10;

    /// <summary>Longest sum of messages read, in bytes.</summary>
    public const int MergedBytesMax = 16 * 1024;

    /// <summary>Longest stream that can be valid: the messages and their length prefixes.</summary>
    public const int StreamBytesMax = MergedBytesMax + (MessagesMax * 2);

    /// <summary>Longest message sent, prefix included: rust reads no more than 4,096.</summary>
    public const int SendBytesMax = 4096;

    /// <summary>Above this the signed record travels in a message of its own, as go does it.</summary>
    public const int SplitBytes = 2048;

    /// <summary>Most protocols read.</summary>
    public const int ProtocolsMax = 128;

    /// <summary>Most addresses read; a well-connected go node may tell more, the rest is ignored rather than the whole refused.</summary>
    public const int AddressesMax = 32;

    /// <summary>Longest protocol id kept, in bytes; longer ones are ignored.</summary>
    public const int ProtocolBytesMax = 256;

    private const int TextMax = 64;
    private const int KeyField = 1;
    private const int AddressField = 2;
    private const int ProtocolField = 3;
    private const int ObservedField = 4;
    private const int ProtocolVersionField = 5;
    private const int AgentVersionField = 6;
    private const int RecordField = 8;

    /// <summary>Decodes everything a peer sent before it closed its side.</summary>
    /// <param name="stream">All bytes of the stream; at most <see cref="StreamBytesMax"/> can be valid.</param>
    public static IdentifyResult Decode(ReadOnlySpan<byte> stream)
    {
        if (stream.IsEmpty)
        {
            return new IdentifyResult(IdentifyStatus.Empty, null);
        }

        if (stream.Length > StreamBytesMax)
        {
            return new IdentifyResult(IdentifyStatus.MergedTooLong, null);
        }

        byte[] merged = ArrayPool<byte>.Shared.Rent(stream.Length);
        try
        {
            IdentifyStatus status = Merge(stream, merged, out int length);
            return status == IdentifyStatus.Done
                ? DecodeMerged(merged.AsSpan(0, length))
                : new IdentifyResult(status, null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(merged);
        }
    }

    /// <summary>Encodes into one or more length-prefixed messages of at most <see cref="SendBytesMax"/> bytes each.</summary>
    /// <param name="info">What to say; addresses and protocols already trimmed to what a reader takes.</param>
    public static byte[] Encode(IdentifyInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        ProtoWriter message = new(1024);
        ProtoWriter output = new(2048);
        Append(info.PublicKey.Span, KeyField, message, output);
        foreach (Multiaddr address in info.ListenAddresses)
        {
            Append(address.Bytes.Span, AddressField, message, output);
        }

        Append(info.ProtocolVersion, ProtocolVersionField, message, output);
        Append(info.AgentVersion, AgentVersionField, message, output);
        Append(info.ObservedAddress is { } observed ? observed.Bytes.Span : default, ObservedField, message, output);
        foreach (string protocol in info.Protocols)
        {
            Append(protocol, ProtocolField, message, output);
        }

        if (message.Length + info.SignedRecord.Length > SplitBytes)
        {
            Flush(message, output);
        }

        Append(info.SignedRecord.Span, RecordField, message, output);
        Flush(message, output);
        return output.ToArray();
    }

    private static void Append(string? text, int field, ProtoWriter message, ProtoWriter output)
    {
        if (text is not null)
        {
            Append(Encoding.UTF8.GetBytes(text), field, message, output);
        }
    }

    private static void Append(ReadOnlySpan<byte> value, int field, ProtoWriter message, ProtoWriter output)
    {
        if (value.IsEmpty)
        {
            return;
        }

        // 16: tag and length of this field, and the prefix of the message.
        if (message.Length + value.Length + 16 > SendBytesMax)
        {
            Flush(message, output);
        }

        message.WriteBytes(field, value);
    }

    private static void Flush(ProtoWriter message, ProtoWriter output)
    {
        if (message.Length > 0)
        {
            output.WriteRaw(message.ToDelimited());
            message.Clear();
        }
    }

    private static IdentifyStatus Merge(ReadOnlySpan<byte> stream, Span<byte> merged, out int length)
    {
        length = 0;
        for (int count = 0; !stream.IsEmpty; count++)
        {
            if (count == MessagesMax)
            {
                return IdentifyStatus.TooManyMessages;
            }

            switch (ProtoReader.TryReadDelimited(stream, MessageBytesMax, out ReadOnlySpan<byte> message, out int consumed))
            {
                case OperationStatus.NeedMoreData:
                    return IdentifyStatus.Truncated;
                case not OperationStatus.Done:
                    return VarInt.TryRead(stream, out _, out _) == OperationStatus.Done ? IdentifyStatus.MessageTooLong : IdentifyStatus.Malformed;
            }

            // Each message must be whole by itself: otherwise a field could straddle two and mean something to us alone.
            if (!ProtoReader.TryCount(message, ProtocolField, out _))
            {
                return IdentifyStatus.Malformed;
            }

            if (length + message.Length > MergedBytesMax)
            {
                return IdentifyStatus.MergedTooLong;
            }

            message.CopyTo(merged[length..]);
            length += message.Length;
            stream = stream[consumed..];
        }

        return IdentifyStatus.Done;
    }

    private static IdentifyResult DecodeMerged(ReadOnlySpan<byte> merged)
    {
        // Counted on the raw bytes, before any object exists.
        if (!ProtoReader.TryCount(merged, ProtocolField, out int protocolCount))
        {
            return new IdentifyResult(IdentifyStatus.Malformed, null);
        }

        if (protocolCount > ProtocolsMax)
        {
            return new IdentifyResult(IdentifyStatus.TooManyProtocols, null);
        }

        List<string> protocols = new(protocolCount);
        List<Multiaddr> addresses = [];
        IdentifyInfo info = new() { Protocols = protocols, ListenAddresses = addresses };
        ProtoReader reader = new(merged);
        while (reader.TryReadField())
        {
            if (reader.WireType == ProtoWireType.Bytes)
            {
                info = Take(reader.Field, reader.Bytes, info, protocols, addresses);
            }
        }

        return new IdentifyResult(IdentifyStatus.Done, info);
    }

    private static IdentifyInfo Take(int field, ReadOnlySpan<byte> bytes, IdentifyInfo info, List<string> protocols, List<Multiaddr> addresses)
    {
        switch (field)
        {
            case KeyField:
                return info with { PublicKey = bytes.ToArray() };
            case AddressField:
                TakeAddress(bytes, addresses);
                return info;
            case ProtocolField:
                TakeProtocol(bytes, protocols);
                return info;
            case ObservedField:
                return Multiaddr.TryRead(bytes, out Multiaddr? observed) ? info with { ObservedAddress = observed } : info;
            case ProtocolVersionField:
                return info with { ProtocolVersion = Printable(bytes) };
            case AgentVersionField:
                return info with { AgentVersion = Printable(bytes) };
            case RecordField:
                return info with { SignedRecord = bytes.ToArray() };
            default:
                return info; // unknown fields are skipped, as protobuf wants it
        }
    }

    private static void TakeAddress(ReadOnlySpan<byte> bytes, List<Multiaddr> addresses)
    {
        // An address of a kind we do not know (a transport invented tomorrow) must not cost us the peer's other addresses.
        if (addresses.Count < AddressesMax && Multiaddr.TryRead(bytes, out Multiaddr? address) && address is not null)
        {
            Multiaddr bare = address.WithoutPeer();
            if (bare.Components[0].Protocol != MultiaddrProtocol.P2P && !addresses.Contains(bare))
            {
                addresses.Add(bare);
            }
        }
    }

    private static void TakeProtocol(ReadOnlySpan<byte> bytes, List<string> protocols)
    {
        if (bytes.Length is > 0 and <= ProtocolBytesMax && System.Text.Unicode.Utf8.IsValid(bytes))
        {
            string protocol = Encoding.UTF8.GetString(bytes);
            if (!protocols.Contains(protocol))
            {
                protocols.Add(protocol);
            }
        }
    }

    // Shown to people and written to logs: nothing that can move a cursor, forge a log line or turn text around.
    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[TextMax];
        int length = Math.Min(bytes.Length, TextMax);
        for (int i = 0; i < length; i++)
        {
            text[i] = bytes[i] is >= 0x20 and < 0x7F ? (char)bytes[i] : '?';
        }

        return new string(text[..length]);
    }
}
