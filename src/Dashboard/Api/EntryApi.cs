using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Encoding;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Dashboard.Api;

/// <summary>The entries of logs, to be read: who signed what.</summary>
internal sealed class EntryApi(P2PNode node)
{
    /// <summary>Entries in one answer, the newest.</summary>
    private const int EntriesMax = 200;

    /// <summary>Characters shown of one entry.</summary>
    private const int TextMax = 4_000;

    private const int HexMax = 256;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The newest entries of the log <c>?doc=</c>, in document order.</summary>
    public async Task<DashboardRefusal> ListAsync(HttpContext context)
    {
        (TextDocument? document, DashboardRefusal refusal) = await DocumentApi.FindAsync(node, context);
        if (document is null)
        {
            return refusal;
        }

        EventQuery query = new() { Type = ReplicatedLogLimits.EventType, Order = QueryOrder.Canonical, Descending = true, Limit = EntriesMax };
        EventPage page = await document.Replica.QueryAsync(query, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, new JsonObject
        {
            ["id"] = document.Id.ToString(),
            ["name"] = document.Name,
            ["more"] = page.Next is not null,
            ["entries"] = JsonAnswer.Array(page.Events.Reverse(), Describe),
        });
        return DashboardRefusal.None;
    }

    /// <summary>As <c>p2p log cat --json</c>; <c>hex</c> are the first bytes of what is not text.</summary>
    private static JsonObject Describe(Event item)
    {
        TextAuthor author = new(item.Author);
        byte[]? entry = Read(item.Body.Span);
        string? text = TextOf(entry);
        return new JsonObject
        {
            ["event"] = item.Cid.ToString(),
            ["author"] = author.Id.ToString(),
            ["name"] = author.Short,
            ["seq"] = item.Sequence,
            ["height"] = item.Height,
            ["claimedAt"] = ClaimedTime.Of(item) is DateTimeOffset at ? JsonAnswer.Time(at) : null,
            ["bytes"] = entry?.Length,
            ["text"] = text is { Length: > TextMax } ? text[..(char.IsHighSurrogate(text[TextMax - 1]) ? TextMax - 1 : TextMax)] : text,
            ["cut"] = text is { Length: > TextMax },
            ["hex"] = text is null && entry is not null ? Convert.ToHexStringLower(entry.AsSpan(0, Math.Min(entry.Length, HexMax))) : null,
        };
    }

    /// <summary>The bytes of an entry; null for a body of another shape.</summary>
    private static byte[]? Read(ReadOnlySpan<byte> body)
    {
        DagCborReader reader = new(body, DagCborOptions.NoFloats);
        return reader.TryReadMapStart(out int keys) && keys == 1 && reader.TryReadKey("d"u8) && reader.TryReadBytes(out ReadOnlySpan<byte> entry) && reader.End()
            ? entry.ToArray()
            : null;
    }

    private static string? TextOf(byte[]? entry)
    {
        try
        {
            return entry is null ? null : s_strict.GetString(entry);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
