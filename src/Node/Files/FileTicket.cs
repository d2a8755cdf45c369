using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs;

namespace P2P.Node.Files;

/// <summary>What to get and where: <c>p2pfile</c> and base32 of canonical DAG-CBOR <c>{v:1, c: cid, n: name, a: [multiaddr bytes]}</c>.</summary>
/// <param name="Cid">The root.</param>
/// <param name="Name">The name it had; a safe file name.</param>
/// <param name="Addresses">Where the giver can be dialled, each with <c>/p2p</c>; at most three.</param>
public sealed record FileTicket(Cid Cid, string Name, IReadOnlyList<Multiaddr> Addresses)
{
    /// <summary>Begins every ticket of a file.</summary>
    public const string Prefix = "p2pfile";

    /// <summary>Most addresses.</summary>
    public const int AddressesMax = 3;

    private const ulong Version = 1;
    private const int BytesMax = 4096;

    /// <summary>
    /// The name to write under where nobody chose one: a stranger's <c>.bashrc</c> or <c>-rf</c> gets a <c>_</c> in front, for a file that is hidden, read
    /// by a shell at its start or taken for an option must not appear unasked.
    /// </summary>
    public string VisibleName => Name.StartsWith('.') || Name.StartsWith('-') || Name.StartsWith('~') ? "_" + Name : Name;

    /// <summary>Reads a ticket; never throws on input.</summary>
    /// <param name="text">What was pasted; white space around it is ignored.</param>
    /// <param name="ticket">The ticket.</param>
    /// <param name="isNewer">Whether a newer program made it.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out FileTicket? ticket, out bool isNewer)
    {
        (ticket, isNewer) = (null, false);
        text = text.Trim();
        if (!text.StartsWith(Prefix) || text.Length > 2 * BytesMax
            || !Multibase.TryDecodeRaw(MultibaseEncoding.Base32, text[Prefix.Length..], BytesMax, out byte[] bytes)
            || DagCbor.Validate(bytes, DagCborOptions.NoFloats) != DagCborStatus.Valid)
        {
            return false;
        }

        DagCborReader reader = new(bytes, DagCborOptions.NoFloats);
        List<Multiaddr> addresses = [];
        if (!reader.TryReadMapStart(out int keys))
        {
            return false;
        }

        isNewer = IsNewer(bytes);
        if (isNewer || keys != 4 || !reader.TryReadKey("a"u8) || !reader.TryReadArrayStart(out int count) || count > AddressesMax)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> raw) || !Multiaddr.TryRead(raw, out Multiaddr? address) || address!.PeerId.IsNone)
            {
                return false;
            }

            addresses.Add(address);
        }

        if (!reader.TryReadKey("c"u8) || !reader.TryReadCid(out Cid cid)
            || !reader.TryReadKey("n"u8) || !reader.TryReadText(out ReadOnlySpan<byte> name)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version) || version != Version || !reader.End())
        {
            return false;
        }

        FileTicket read = new(cid, System.Text.Encoding.UTF8.GetString(name), addresses);
        ticket = FileNames.IsSafe(read.Name) ? read : null; // it becomes a path on somebody's disk
        return ticket is not null;
    }

    /// <summary>The text form.</summary>
    public override string ToString()
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(4);
        writer.WriteText("a"u8);
        writer.WriteArrayStart(Math.Min(Addresses.Count, AddressesMax));
        foreach (Multiaddr address in Addresses.Take(AddressesMax))
        {
            writer.WriteBytes(address.Bytes.Span);
        }

        writer.WriteText("c"u8);
        writer.WriteCid(Cid);
        writer.WriteText("n"u8);
        writer.WriteText(Name);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        return Prefix + Multibase.EncodeRaw(MultibaseEncoding.Base32, writer.WrittenSpan);
    }

    private static bool IsNewer(ReadOnlySpan<byte> bytes)
    {
        DagCborReader reader = new(bytes, DagCborOptions.NoFloats);
        bool isMap = reader.TryReadMapStart(out int keys);
        for (int i = 0; isMap && i < keys; i++)
        {
            if (reader.TryReadKey("v"u8))
            {
                return reader.PeekKind() == DagCborKind.UInt && reader.TryReadUInt(out ulong version) && version > Version;
            }

            if (!reader.TrySkip(out _) || !reader.TrySkip(out _))
            {
                return false;
            }
        }

        return false;
    }
}
