using System.Text.Json;
using System.Text.Json.Nodes;

namespace P2P.Cli;

/// <summary>
/// Data goes to stdout, talk to stderr. With <c>--json</c> each fact is one object a line: <c>{"type":…,"at":…,…}</c>.
/// </summary>
internal sealed class Output(bool json, TimeProvider time, TextWriter data, TextWriter talk)
{
    private const string UpAndClear = "\u001b[1A\u001b[2K";

    private static readonly JsonSerializerOptions s_line = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>To this process's own streams.</summary>
    public Output(bool json, TimeProvider time)
        : this(json, time, Console.Out, Console.Error)
    {
    }

    public bool Json => json;

    /// <summary>Whether only data and failures are written.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether escape sequences may be written to the user's terminal.</summary>
    public bool CanMoveCursor { get; init; }

    /// <summary>Whether data is shown on a terminal: then what others wrote must not steer it.</summary>
    public bool IsShown { get; init; }

    /// <summary>A fact: an object in JSON mode, else the line for people. Control characters in it are shown, never obeyed: others may have written them.</summary>
    /// <param name="type">Of the object.</param>
    /// <param name="fields">Of the object.</param>
    /// <param name="line">For people; null for nothing.</param>
    /// <param name="overLast">Whether it stands in place of the line above, which the user typed.</param>
    public void Fact(string type, JsonObject fields, string? line, bool overLast = false)
    {
        if (json)
        {
            WriteJson(data, type, fields);
        }
        else if (line is not null)
        {
            data.WriteLine($"{(overLast && CanMoveCursor ? UpAndClear : string.Empty)}{Printable.Text(line)}");
        }
    }

    /// <summary>What a verb is asked for whose answer is JSON for everybody: the bare object, in JSON mode with type and time in front.</summary>
    public void Result(string type, JsonObject fields)
    {
        if (json)
        {
            WriteJson(data, type, fields);
        }
        else
        {
            data.WriteLine(fields.ToJsonString(s_line));
            data.Flush();
        }
    }

    /// <summary>What has an exact form of its own, such as the end of a published run: the bare object, also with <c>--json</c>.</summary>
    public void Exact(JsonObject fields)
    {
        data.WriteLine(fields.ToJsonString(s_line));
        data.Flush();
    }

    /// <summary>Raw text, such as a document: as it is for files and pipes, without control characters for a terminal.</summary>
    public void Raw(string text)
    {
        if (!json)
        {
            data.Write(IsShown ? Printable.Text(text) : text);
        }
    }

    /// <summary>What is going on, for people only.</summary>
    public void Say(string line)
    {
        if (!json && !IsQuiet)
        {
            talk.WriteLine(Printable.Text(line));
        }
    }

    /// <summary>Part of a line of talk, for people only; the one way for our own escape sequences, so nothing of others belongs into it.</summary>
    public void Talk(string text)
    {
        if (!json && !IsQuiet)
        {
            talk.Write(text);
        }
    }

    /// <summary>A failure, with what to do.</summary>
    public void Error(string code, string message, string? hint = null)
    {
        bool isNumber = code.StartsWith("P2P", StringComparison.Ordinal);
        string help = $"docs/errors/{code}.md"; // of every code, a number or a word
        if (json)
        {
            WriteJson(talk, "error", new JsonObject { ["code"] = code, ["message"] = message, ["hint"] = hint, ["help"] = help });
        }
        else
        {
            talk.WriteLine(Printable.Text(isNumber ? $"p2p: {code}: {message}" : $"p2p: {message}"));
            if (hint is not null)
            {
                talk.WriteLine($"  {Printable.Text(hint)}");
            }
        }
    }

    /// <summary>A moment, as in every object.</summary>
    public static string Instant(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private void WriteJson(TextWriter writer, string type, JsonObject fields)
    {
        JsonObject line = new() { ["type"] = type, ["at"] = Instant(time.GetUtcNow()) };
        foreach ((string name, JsonNode? value) in fields)
        {
            line[name] = value?.DeepClone();
        }

        writer.WriteLine(line.ToJsonString(s_line));
        writer.Flush();
    }
}
