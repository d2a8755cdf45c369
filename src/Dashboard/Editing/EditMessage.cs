using System.Text.Json;
using P2P.Node.Documents;

namespace P2P.Dashboard.Editing;

/// <summary>
/// What a browser says: <c>{"t":"edit","n":3,"v":17,"c":[[from,to,"text"],…]}</c> or <c>{"t":"caret","v":17,"a":4,"h":9}</c>.
/// </summary>
/// <param name="Number">As the browser counts its edits; 0 for a caret.</param>
/// <param name="Version">The last version it had heard of.</param>
/// <param name="Changes">In the words of that version; none for a caret.</param>
internal sealed record EditMessage(long Number, long Version, IReadOnlyList<TextSplice> Changes)
{
    /// <summary>Where its caret is and where its selection began; null for an edit.</summary>
    public (int Anchor, int Head)? Caret { get; init; }

    /// <summary>Places in one message.</summary>
    public const int ChangesMax = 10_000;

    /// <summary>Reads a message; never throws on what a browser sends.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> utf8, out EditMessage? message)
    {
        message = null;
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 4 });
            JsonElement root = parsed.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("t", out JsonElement type) || type.ValueKind != JsonValueKind.String
                || !TryReadNumber(root, "v", out long version))
            {
                return false;
            }

            if (type.ValueEquals("caret"))
            {
                return TryReadCaret(root, version, out message);
            }

            if (!type.ValueEquals("edit") || !TryReadNumber(root, "n", out long number)
                || !root.TryGetProperty("c", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > ChangesMax)
            {
                return false;
            }

            List<TextSplice> changes = [];
            foreach (JsonElement item in list.EnumerateArray())
            {
                if (!TryReadChange(item, out TextSplice change))
                {
                    return false;
                }

                changes.Add(change);
            }

            message = new EditMessage(number, version, changes);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false; // InvalidOperationException: text that is half a surrogate pair
        }
    }

    private static bool TryReadCaret(JsonElement root, long version, out EditMessage? message)
    {
        bool isRead = TryReadNumber(root, "a", out long anchor) & TryReadNumber(root, "h", out long head)
            && anchor is >= 0 and <= int.MaxValue && head is >= 0 and <= int.MaxValue;
        message = isRead ? new EditMessage(0, version, []) { Caret = ((int)anchor, (int)head) } : null;
        return isRead;
    }

    private static bool TryReadChange(JsonElement item, out TextSplice change)
    {
        change = default;
        if (item.ValueKind != JsonValueKind.Array || item.GetArrayLength() != 3
            || item[0].ValueKind != JsonValueKind.Number || !item[0].TryGetInt32(out int from)
            || item[1].ValueKind != JsonValueKind.Number || !item[1].TryGetInt32(out int to)
            || item[2].ValueKind != JsonValueKind.String || from < 0 || to < from)
        {
            return false;
        }

        change = new TextSplice(from, to - from, item[2].GetString()!);
        return true;
    }

    private static bool TryReadNumber(JsonElement root, string name, out long value)
    {
        value = 0;
        return root.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Number && found.TryGetInt64(out value);
    }
}
