using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>What one person sends another to open a document: its genesis and where to find it.</summary>
/// <param name="Genesis">The document.</param>
/// <param name="Addresses">At most three, each ending in a peer id.</param>
/// <remarks>Spec: replica, section 2.3. <c>p2pdoc</c> ‖ base32 of <c>{a:[address bytes], g: genesis bytes, v:1}</c>.</remarks>
public sealed record Ticket(Genesis Genesis, IReadOnlyList<Multiaddr> Addresses)
{
    /// <summary>How every ticket begins.</summary>
    public const string Prefix = "p2pdoc";

    /// <summary>Most addresses.</summary>
    public const int AddressesMax = 3;

    private const int BytesMax = EventLimits.BlockBytesMax + (AddressesMax * (Multiaddr.BytesMax + 8)) + 64;

    /// <summary>Reads a ticket; never throws on input.</summary>
    /// <param name="text">What was pasted; white space around it is ignored.</param>
    /// <param name="ticket">The ticket.</param>
    /// <param name="reason">Why not; <see cref="InvalidReason.Version"/> for a newer one.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Ticket? ticket, out InvalidReason reason)
    {
        ticket = null;
        text = text.Trim();
        if (!text.StartsWith(Prefix) || text.Length > (BytesMax * 2)
            || !Multibase.TryDecodeRaw(MultibaseEncoding.Base32, text[Prefix.Length..], BytesMax, out byte[] bytes)
            || DagCbor.Validate(bytes, DagCborOptions.NoFloats) != DagCborStatus.Valid)
        {
            reason = InvalidReason.Encoding;
            return false;
        }

        reason = HasOtherVersion(bytes) ? InvalidReason.Version : Read(bytes, out ticket);
        return reason == InvalidReason.None;
    }

    /// <summary>The text form.</summary>
    public override string ToString()
    {
        DagCborWriter writer = new(Genesis.Bytes.Length + 256);
        writer.WriteMapStart(3);
        writer.WriteText("a"u8);
        writer.WriteArrayStart(Addresses.Count);
        foreach (Multiaddr address in Addresses)
        {
            writer.WriteBytes(address.Bytes.Span);
        }

        writer.WriteText("g"u8);
        writer.WriteBytes(Genesis.Bytes.Span);
        writer.WriteText("v"u8);
        writer.WriteUInt(EventLimits.Version);
        return Prefix + Multibase.EncodeRaw(MultibaseEncoding.Base32, writer.WrittenSpan);
    }

    private static bool HasOtherVersion(ReadOnlySpan<byte> bytes)
    {
        DagCborReader reader = new(bytes, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys))
        {
            return false;
        }

        for (int i = 0; i < keys; i++)
        {
            if (reader.TryReadKey("v"u8))
            {
                return reader.PeekKind() == DagCborKind.UInt && reader.TryReadUInt(out ulong version) && version != EventLimits.Version;
            }

            if (!reader.TrySkip(out _) || !reader.TrySkip(out _))
            {
                return false;
            }
        }

        return false;
    }

    private static InvalidReason Read(ReadOnlySpan<byte> bytes, out Ticket? ticket)
    {
        ticket = null;
        DagCborReader reader = new(bytes, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 3 || !reader.TryReadKey("a"u8) || !reader.TryReadArrayStart(out int count))
        {
            return InvalidReason.Schema;
        }

        if (count > AddressesMax)
        {
            return InvalidReason.Limit;
        }

        List<Multiaddr> addresses = new(count);
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> raw) || !Multiaddr.TryRead(raw, out Multiaddr? address) || address!.PeerId.IsNone)
            {
                return InvalidReason.Schema;
            }

            addresses.Add(address);
        }

        if (!reader.TryReadKey("g"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> block)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out _) || !reader.End())
        {
            return InvalidReason.Schema;
        }

        if (!Genesis.TryDecode(block, out Genesis? genesis, out InvalidReason reason))
        {
            return reason;
        }

        ticket = new Ticket(genesis!, addresses);
        return InvalidReason.None;
    }
}
