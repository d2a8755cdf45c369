using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Dashboard.Api;

/// <summary>JSON in and out, without reflection.</summary>
internal static class JsonAnswer
{
    private static readonly JsonWriterOptions s_writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static async Task WriteAsync(HttpContext context, JsonNode answer)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using Utf8JsonWriter writer = new(context.Response.BodyWriter, s_writer);
        answer.WriteTo(writer);
        await writer.FlushAsync(context.RequestAborted);
    }

    /// <summary>A writer for long answers.</summary>
    public static Utf8JsonWriter Begin(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return new Utf8JsonWriter(context.Response.BodyWriter, s_writer);
    }

    /// <summary>A text property of an object; null when it is not there, is no text or half a character, or the body is no object.</summary>
    public static string? TryReadString(ReadOnlyMemory<byte> body, string name)
    {
        try
        {
            return TryRead(body, name) is JsonElement { ValueKind: JsonValueKind.String } found ? found.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a character
        }
    }

    /// <summary>A property of an object; null when it is not there or the body is no object.</summary>
    public static JsonElement? TryRead(ReadOnlyMemory<byte> body, string name)
    {
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            return parsed.RootElement.ValueKind == JsonValueKind.Object && parsed.RootElement.TryGetProperty(name, out JsonElement found) ? found.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => new([.. items.Select(node)]);

    public static JsonNode Text(PeerId peer) => JsonValue.Create(peer.ToString());

    public static JsonNode Text(Cid cid) => JsonValue.Create(cid.ToString());

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
