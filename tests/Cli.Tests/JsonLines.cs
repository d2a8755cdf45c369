using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>What <c>docs/schema/lines.json</c> says about a line of <c>--json</c>: the parts of JSON Schema that the file uses, and nothing else.</summary>
internal static class JsonLines
{
    private static readonly JsonElement s_schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Require.Root, "docs", "schema", "lines.json"))).RootElement;

    /// <summary>The types that are described.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. s_schema.GetProperty("$defs").EnumerateObject().Select(static d => d.Name)];

    /// <summary>What is wrong with those of the lines that are objects; empty when nothing is.</summary>
    public static IReadOnlyList<string> Problems(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static l => l.StartsWith('{')).SelectMany(static line => ProblemsOf(line).Select(p => $"{p}: {line}"))];

    private static IEnumerable<string> ProblemsOf(string line)
    {
        JsonElement item = JsonDocument.Parse(line).RootElement;
        string type = item.TryGetProperty("type", out JsonElement name) ? name.GetString()! : string.Empty;
        if (!s_schema.GetProperty("$defs").TryGetProperty(type, out JsonElement definition))
        {
            return [$"no definition of type '{type}'"];
        }

        JsonElement known = definition.GetProperty("properties");
        bool isOpen = definition.GetProperty("additionalProperties").GetBoolean();
        return
        [
            .. definition.GetProperty("required").EnumerateArray().Where(r => !item.TryGetProperty(r.GetString()!, out _)).Select(static r => $"'{r}' is missing"),
            .. item.EnumerateObject().Where(m => !isOpen && !known.TryGetProperty(m.Name, out _)).Select(static m => $"'{m.Name}' is not described"),
            .. item.EnumerateObject().Where(m => known.TryGetProperty(m.Name, out JsonElement p) && !Fits(m.Value, p)).Select(static m => $"'{m.Name}' has another type"),
        ];
    }

    private static bool Fits(JsonElement value, JsonElement property)
    {
        if (property.TryGetProperty("const", out JsonElement constant))
        {
            return JsonElement.DeepEquals(value, constant);
        }

        if (!property.TryGetProperty("type", out JsonElement types))
        {
            return true; // anything, such as a DAG-JSON node
        }

        string kind = value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Number => "number",
            JsonValueKind.String => "string",
            JsonValueKind.Array => "array",
            JsonValueKind.Null => "null",
            _ => "object",
        };
        string[] allowed = types.ValueKind == JsonValueKind.String ? [types.GetString()!] : [.. types.EnumerateArray().Select(static t => t.GetString()!)];
        return allowed.Contains(kind) || (kind == "number" && allowed.Contains("integer") && value.TryGetInt64(out _));
    }
}
