using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Body of an <c>edge</c>: typed, from some values to others.</summary>
/// <remarks>
/// Spec: federation, section 2: <c>{ to, from, type, roles }</c> in canonical key order. Whether the endpoints exist is not
/// checked: existence is not a function of ancestry.
/// </remarks>
public sealed record EdgeBody
{
    private const byte RoleFrom = 1;
    private const byte RoleTo = 2;
    private const byte RoleBoth = 3;

    /// <summary>1 to 64 vertices.</summary>
    public required IReadOnlyList<Cid> From { get; init; }

    /// <summary>1 to 64 vertices.</summary>
    public required IReadOnlyList<Cid> To { get; init; }

    /// <summary>Edge type; see <see cref="EdgeTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>One role per endpoint, those of <see cref="From"/> first: 1 from, 2 to, 3 both.</summary>
    public required IReadOnlyList<byte> Roles { get; init; }

    /// <summary>An edge whose endpoints have the plain roles. Endpoints of an unordered type are sorted.</summary>
    /// <param name="from">1 to 64.</param>
    /// <param name="to">1 to 64.</param>
    /// <param name="type">Edge type.</param>
    public static EdgeBody Of(IEnumerable<Cid> from, IEnumerable<Cid> to, string type)
    {
        Cid[] sources = EdgeTypes.IsOrdered(type) ? [.. from] : [.. from.Distinct().Order()];
        Cid[] targets = EdgeTypes.IsOrdered(type) ? [.. to] : [.. to.Distinct().Order()];
        return new EdgeBody
        {
            From = sources,
            To = targets,
            Type = type,
            Roles = [.. Enumerable.Repeat(RoleFrom, sources.Length), .. Enumerable.Repeat(RoleTo, targets.Length)],
        };
    }

    /// <summary>SHA-256 of the canonical DAG-CBOR of <c>[from, to, type]</c>: edges with one slot hide each other.</summary>
    public EventDigest SlotHash()
    {
        DagCborWriter writer = new(64 + (42 * (From.Count + To.Count)));
        writer.WriteArrayStart(3);
        BodyLinks.Write(writer, From);
        BodyLinks.Write(writer, To);
        writer.WriteText(Type);
        return EventDigest.Sha256(writer.WrittenSpan);
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(96 + (42 * (From.Count + To.Count)));
        writer.WriteMapStart(4);
        writer.WriteText("to"u8);
        BodyLinks.Write(writer, To);
        writer.WriteText("from"u8);
        BodyLinks.Write(writer, From);
        writer.WriteText("type"u8);
        writer.WriteText(Type);
        writer.WriteText("roles"u8);
        writer.WriteArrayStart(Roles.Count);
        foreach (byte role in Roles)
        {
            writer.WriteUInt(role);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a body. Never throws on its content.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    /// <param name="result">The body.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason TryRead(ReadOnlyMemory<byte> body, out EdgeBody? result)
    {
        result = null;
        DagCborReader reader = new(body.Span, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys) || keys != 4 || !reader.TryReadKey("to"u8))
        {
            return InvalidReason.Schema;
        }

        InvalidReason reason = BodyLinks.ReadSome(ref reader, RecordLimits.EndpointsMax, out Cid[] to);
        if (reason != InvalidReason.None || !reader.TryReadKey("from"u8))
        {
            return reason == InvalidReason.None ? InvalidReason.Schema : reason;
        }

        reason = BodyLinks.ReadSome(ref reader, RecordLimits.EndpointsMax, out Cid[] from);
        if (reason != InvalidReason.None || !reader.TryReadKey("type"u8) || !reader.TryReadText(out ReadOnlySpan<byte> utf8))
        {
            return reason == InvalidReason.None ? InvalidReason.Schema : reason;
        }

        if (utf8.Length > RecordLimits.EdgeTypeBytesMax)
        {
            return InvalidReason.Limit;
        }

        string type = System.Text.Encoding.UTF8.GetString(utf8);
        if ((!EdgeTypes.IsOrdered(type) && !(BodyLinks.IsAscending(from) && BodyLinks.IsAscending(to)))
            || !TryReadRoles(ref reader, from.Length, to.Length, out byte[] roles) || !reader.End())
        {
            return InvalidReason.Schema;
        }

        result = new EdgeBody { From = from, To = to, Type = type, Roles = roles };
        return InvalidReason.None;
    }

    private static bool TryReadRoles(ref DagCborReader reader, int from, int to, out byte[] roles)
    {
        roles = [];
        if (!reader.TryReadKey("roles"u8) || !reader.TryReadArrayStart(out int count) || count != from + to)
        {
            return false;
        }

        roles = new byte[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadUInt(out ulong role) || (role != RoleBoth && role != (i < from ? RoleFrom : RoleTo)))
            {
                return false;
            }

            roles[i] = (byte)role;
        }

        return true;
    }
}
