using System.Text.Json;

namespace P2P.Cli.Traces;

/// <summary>From the JSON of a trace to an <see cref="EditingTrace"/>. Shapes and indices are checked here, positions when the trace is replayed.</summary>
/// <param name="name">For messages.</param>
internal sealed class TraceParser(string name)
{
    private readonly List<TraceTransaction> _transactions = [];
    private readonly List<TracePatch> _patches = [];
    private readonly Dictionary<char, string> _single = []; // most inserts are one of few characters
    private int _agents;
    private bool _mayBeAstral;

    /// <exception cref="CliException">It is no trace.</exception>
    public EditingTrace Parse(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("is not an object");
        }

        bool isConcurrent = IsConcurrent(root);
        string end = TextOf(root, "endContent") ?? throw Invalid("has no endContent");
        string start = TextOf(root, "startContent") ?? string.Empty;
        if (!root.TryGetProperty("txns", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Invalid("has no array of txns");
        }

        int added = start.Length > 0 ? 1 : 0;
        if (added > 0)
        {
            _patches.Add(new TracePatch(0, 0, Note(start)));
            _transactions.Add(new TraceTransaction(0, [], 0, 1));
        }

        foreach (JsonElement item in list.EnumerateArray())
        {
            AddTransaction(item, isConcurrent, added);
        }

        return new EditingTrace
        {
            Name = name,
            IsConcurrent = isConcurrent,
            Agents = Math.Max(1, _agents),
            End = end,
            Transactions = _transactions,
            Patches = [.. _patches],
            PatchCount = _patches.Count - added,
            MayBeAstral = _mayBeAstral,
        };
    }

    private bool IsConcurrent(JsonElement root)
    {
        if (!root.TryGetProperty("kind", out JsonElement kind))
        {
            return false;
        }

        return !JsonText.TryGet(kind, out string word) ? throw Invalid("has a kind that is no text")
            : word == "concurrent" || (word == "sequential" ? false : throw Invalid("has a kind that is neither sequential nor concurrent"));
    }

    private void AddTransaction(JsonElement item, bool isConcurrent, int added)
    {
        int index = _transactions.Count - added;
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("patches", out JsonElement patches) || patches.ValueKind != JsonValueKind.Array)
        {
            throw Invalid(index, "has no array of patches");
        }

        int agent = 0;
        if (isConcurrent && !(item.TryGetProperty("agent", out JsonElement who) && TryGetNumber(who, out agent) && TraceReader.IsAgent(agent)))
        {
            throw Invalid(index, "has no agent number");
        }

        _agents = Math.Max(_agents, agent + 1);
        int[] parents = isConcurrent ? Parents(item, index, added) : _transactions.Count > 0 ? [_transactions.Count - 1] : [];
        int first = _patches.Count;
        foreach (JsonElement patch in patches.EnumerateArray())
        {
            _patches.Add(ReadPatch(patch, index));
        }

        _transactions.Add(new TraceTransaction(agent, parents, first, _patches.Count));
    }

    private int[] Parents(JsonElement item, int index, int added)
    {
        if (!item.TryGetProperty("parents", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Invalid(index, "has no array of parents");
        }

        List<int> parents = new(list.GetArrayLength());
        foreach (JsonElement parent in list.EnumerateArray())
        {
            if (!TryGetNumber(parent, out int number) || number >= index || parents.Contains(number + added))
            {
                throw Invalid(index, "has a parent that is no earlier transaction, or one twice");
            }

            parents.Add(number + added);
        }

        return parents.Count == 0 && added > 0 ? [0] : [.. parents.Order()];
    }

    private TracePatch ReadPatch(JsonElement patch, int index)
    {
        bool isPatch = patch.ValueKind == JsonValueKind.Array && patch.GetArrayLength() is 3 or 4; // a fourth item is a time
        return isPatch && TryGetNumber(patch[0], out int position) && TryGetNumber(patch[1], out int deleted) && JsonText.TryGet(patch[2], out string inserted)
            ? new TracePatch(position, deleted, Note(inserted))
            : throw Invalid(index, "has a patch that is not [position, deleted, \"inserted\"]");
    }

    private string Note(string text)
    {
        _mayBeAstral |= text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
        if (text.Length != 1)
        {
            return text;
        }

        if (!_single.TryGetValue(text[0], out string? known))
        {
            _single.Add(text[0], known = text);
        }

        return known;
    }

    private string? TextOf(JsonElement root, string member) =>
        !root.TryGetProperty(member, out JsonElement item) ? null : JsonText.TryGet(item, out string text) ? text : throw Invalid($"has a {member} that is no text");

    private static bool TryGetNumber(JsonElement item, out int number)
    {
        number = 0;
        return item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out number) && number >= 0;
    }

    private CliException Invalid(string what) => new(CliError.TraceInvalid, $"'{name}' is no editing trace: it {what}.");

    private CliException Invalid(int index, string what) => new(CliError.TraceInvalid, $"'{name}': transaction {index} (the first is 0) {what}.");
}
