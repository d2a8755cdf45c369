using System.Text.Json;

namespace P2P.Cli.Settings;

/// <summary>A file of settings: a JSON object of known names, comments allowed. What it does not understand is an error, never a silent default.</summary>
internal static class SettingsFile
{
    /// <summary>Its name, in the current folder or in the data folder.</summary>
    public const string FileName = "p2p.json";

    private const int BytesMax = 1 << 16;
    private static readonly JsonDocumentOptions s_reading = new() { MaxDepth = 4, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The settings of a file; none when it is not there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="problems">What is wrong with it is added here.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string path, List<string> problems)
    {
        Dictionary<string, IReadOnlyList<string>> found = [];
        if (!File.Exists(path))
        {
            return found;
        }

        try
        {
            if (new FileInfo(path).Length > BytesMax)
            {
                problems.Add($"{path}: longer than {BytesMax >> 10} KiB");
                return found;
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), s_reading);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{path}: not a JSON object");
                return found;
            }

            foreach (JsonProperty item in document.RootElement.EnumerateObject())
            {
                Add(found, item, path, problems);
            }
        }
        catch (JsonException error)
        {
            problems.Add($"{path}: not JSON, line {error.LineNumber + 1}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: {error.Message}");
        }

        return found;
    }

    private static void Add(Dictionary<string, IReadOnlyList<string>> found, JsonProperty item, string path, List<string> problems)
    {
        if (!SettingNames.All.TryGetValue(item.Name, out bool isList))
        {
            problems.Add($"{path}: '{Printable.Line(item.Name)}' is no setting; there are {string.Join(", ", SettingNames.All.Keys)}");
            return;
        }

        List<string> values = [];
        bool isUsable = item.Value.ValueKind == JsonValueKind.Array
            ? isList && item.Value.EnumerateArray().All(i => TryAdd(values, i))
            : TryAdd(values, item.Value);
        if (isUsable)
        {
            found[item.Name] = values;
        }
        else
        {
            problems.Add($"{path}: '{item.Name}' must be {(isList ? "a list of strings" : "a string or true or false")}");
        }
    }

    private static bool TryAdd(List<string> values, JsonElement item)
    {
        string? text = item.ValueKind switch
        {
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.String when JsonText.TryGet(item, out string value) => value,
            _ => null,
        };
        if (text is not null)
        {
            values.Add(text);
        }

        return text is not null;
    }
}
