using System.Text.Json;
using System.Text.Json.Nodes;

namespace P2P.Cli;

/// <summary>
/// Data goes to stdout, talk to stderr. With <c>--json</c> each fact is one object a line: <c>{"type":…,"at":…,…}</c>.
/// </summary>
internal sealed class Output(bool json, TimeProvider time)
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool Json => json;

    /// <summary>A fact: an object in JSON mode, else the line for people.</summary>
    public void Fact(string type, JsonObject fields, string? line)
    {
        if (json)
        {
            WriteJson(Console.Out, type, fields);
        }
        else if (line is not null)
        {
            Console.Out.WriteLine(line);
        }
    }

    /// <summary>What a verb is asked for whose answer is JSON for everybody: the bare object, in JSON mode with type and time in front.</summary>
    public void Result(string type, JsonObject fields)
    {
        if (json)
        {
            WriteJson(Console.Out, type, fields);
        }
        else
        {
            Console.Out.WriteLine(fields.ToJsonString(s_line));
            Console.Out.Flush();
        }
    }

    /// <summary>Raw text, such as a document, for people and pipes.</summary>
    public void Raw(string text)
    {
        if (!json)
        {
            Console.Out.Write(text);
        }
    }

    /// <summary>What is going on, for people only.</summary>
    public void Say(string line)
    {
        if (!json)
        {
            Console.Error.WriteLine(line);
        }
    }

    /// <summary>A failure, with what to do.</summary>
    public void Error(string code, string message, string? hint = null)
    {
        bool isStable = code.StartsWith("P2P", StringComparison.Ordinal);
        string? help = isStable ? $"docs/errors/{code}.md" : null;
        if (json)
        {
            WriteJson(Console.Error, "error", new JsonObject { ["code"] = code, ["message"] = message, ["hint"] = hint, ["help"] = help });
        }
        else
        {
            Console.Error.WriteLine(isStable ? $"p2p: {code}: {message}" : $"p2p: {message}");
            if (hint is not null)
            {
                Console.Error.WriteLine($"  {hint}");
            }
        }
    }

    private void WriteJson(TextWriter writer, string type, JsonObject fields)
    {
        JsonObject line = new() { ["type"] = type, ["at"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture) };
        foreach ((string name, JsonNode? value) in fields)
        {
            line[name] = value?.DeepClone();
        }

        writer.WriteLine(line.ToJsonString(s_line));
        writer.Flush();
    }
}
