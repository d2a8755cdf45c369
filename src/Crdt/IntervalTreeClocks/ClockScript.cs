using System.Text.Json;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Runs a list of operations on a population that starts with the seed: <c>["fork", x]</c> appends the right half, <c>["event", x]</c>,
/// <c>["join", x, y]</c> removes y, <c>["sync", x, y]</c>, <c>["send", x, y]</c> is an event and its message, and at y a join and an event.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 5 (random runs).</remarks>
public static class ClockScript
{
    /// <summary>Most operations of a script.</summary>
    public const int OperationsMax = 1_000_000;

    /// <summary>Most stamps alive at once.</summary>
    public const int StampsMax = 1024;

    /// <summary>Runs a script.</summary>
    /// <param name="operations">An array of operations.</param>
    /// <param name="result">What it left, if it ran to its end.</param>
    /// <param name="failedAt">Index of the operation that failed; -1 when no single one did.</param>
    public static ClockScriptStatus TryRun(JsonElement operations, out ClockScriptResult? result, out int failedAt)
    {
        result = null;
        failedAt = -1;
        if (operations.ValueKind != JsonValueKind.Array)
        {
            return ClockScriptStatus.BadOperation;
        }

        if (operations.GetArrayLength() > OperationsMax)
        {
            return ClockScriptStatus.TooManyOperations;
        }

        List<Stamp> stamps = [Stamp.Seed];
        foreach (JsonElement operation in operations.EnumerateArray())
        {
            failedAt++;
            ClockScriptStatus status = Step(stamps, operation);
            if (status != ClockScriptStatus.Ok)
            {
                return status;
            }
        }

        failedAt = -1;
        result = new ClockScriptResult(stamps, [.. stamps.Select(x => stamps.Select(y => x.Leq(y) ? 1 : 0).ToArray())]);
        return ClockScriptStatus.Ok;
    }

    private static ClockScriptStatus Step(List<Stamp> stamps, JsonElement operation)
    {
        if (operation.ValueKind != JsonValueKind.Array || operation.GetArrayLength() is < 2 or > 3 || !TryName(operation[0], out string name))
        {
            return ClockScriptStatus.BadOperation;
        }

        int operands = name switch { "fork" or "event" => 1, "join" or "sync" or "send" => 2, _ => 0 };
        if (operands == 0)
        {
            return ClockScriptStatus.UnknownOperation;
        }

        int y = -1;
        if (operation.GetArrayLength() != operands + 1 || !TryIndex(operation[1], out int x) || (operands == 2 && !TryIndex(operation[2], out y)))
        {
            return ClockScriptStatus.BadOperation;
        }

        if (x < 0 || x >= stamps.Count || (operands == 2 && (y < 0 || y >= stamps.Count)))
        {
            return ClockScriptStatus.NoSuchStamp;
        }

        try
        {
            return operands == 1 ? StepOne(stamps, name, x) : StepTwo(stamps, name, x, y);
        }
        catch (ClockException error) when (error.Error == ClockError.DepthLimit)
        {
            return ClockScriptStatus.DepthLimit;
        }
    }

    private static bool TryName(JsonElement json, out string name)
    {
        name = string.Empty;
        try
        {
            name = json.ValueKind == JsonValueKind.String ? json.GetString()! : name;
            return name.Length > 0;
        }
        catch (InvalidOperationException)
        {
            return false; // the only way the parser tells of half a surrogate pair
        }
    }

    private static bool TryIndex(JsonElement json, out int index)
    {
        index = -1;
        return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out index);
    }

    private static ClockScriptStatus StepOne(List<Stamp> stamps, string name, int x)
    {
        if (name == "event")
        {
            stamps[x] = stamps[x].Event();
            return ClockScriptStatus.Ok;
        }

        if (stamps.Count == StampsMax)
        {
            return ClockScriptStatus.TooManyStamps;
        }

        (stamps[x], Stamp right) = stamps[x].Fork();
        stamps.Add(right);
        return ClockScriptStatus.Ok;
    }

    private static ClockScriptStatus StepTwo(List<Stamp> stamps, string name, int x, int y)
    {
        if (name == "send")
        {
            (stamps[x], Stamp message) = stamps[x].Send();
            stamps[y] = stamps[y].Receive(message);
            return ClockScriptStatus.Ok;
        }

        if (!stamps[x].TryJoin(stamps[y], out Stamp? joined))
        {
            return ClockScriptStatus.Overlap;
        }

        if (name == "sync")
        {
            (stamps[x], stamps[y]) = joined.Fork();
            return ClockScriptStatus.Ok;
        }

        stamps[x] = joined;
        stamps.RemoveAt(y);
        return ClockScriptStatus.Ok;
    }
}
