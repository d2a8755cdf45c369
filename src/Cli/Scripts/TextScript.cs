using System.Text.Json;

namespace P2P.Cli.Scripts;

/// <summary>A script of <c>p2p text run</c>: <c>{"replicas": n, "steps": [[name, …], …]}</c>. Strict: what is not said there is refused.</summary>
/// <param name="Replicas">1 to <see cref="ReplicasMax"/>.</param>
/// <param name="Steps">In the order in which they are done.</param>
internal sealed record TextScript(int Replicas, IReadOnlyList<ScriptStep> Steps)
{
    public const int ReplicasMax = 1_024;
    public const int StepsMax = 1_000_000;
    public const long BytesMax = 64L << 20;

    /// <exception cref="CliException">It is not a script; the message says where.</exception>
    public static TextScript Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(JsonText.WithoutMark(utf8), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(json.RootElement);
        }
        catch (JsonException failed)
        {
            throw new CliException(CliError.ScriptInvalid, $"The script is not JSON ({JsonText.Where(failed)}).", failed);
        }
    }

    private static TextScript Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("it is not an object {\"replicas\": n, \"steps\": […]}");
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name is not ("replicas" or "steps" or "seed" or "final"))
            {
                throw Invalid("it has a member besides \"replicas\" and \"steps\" (and \"seed\" and \"final\" of a published run)");
            }
        }

        if (!root.TryGetProperty("replicas", out JsonElement count) || !TryGetInteger(count, out int replicas) || replicas is < 1 or > ReplicasMax)
        {
            throw Invalid($"\"replicas\" is not a whole number from 1 to {ReplicasMax}");
        }

        if (!root.TryGetProperty("steps", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Invalid("\"steps\" is not an array");
        }

        if (list.GetArrayLength() > StepsMax)
        {
            throw Invalid($"it has more than {StepsMax} steps");
        }

        List<ScriptStep> steps = new(list.GetArrayLength());
        foreach (JsonElement step in list.EnumerateArray())
        {
            steps.Add(ReadStep(step, steps.Count, replicas));
        }

        return new TextScript(replicas, steps);
    }

    private static ScriptStep ReadStep(JsonElement step, int index, int replicas)
    {
        if (step.ValueKind != JsonValueKind.Array || step.GetArrayLength() == 0 || !JsonText.TryGet(step[0], out string name))
        {
            throw Invalid(index, "is not an array that starts with a name");
        }

        switch (name)
        {
            case "insert":
                CheckLength(step, index, 4);
                return new ScriptStep(ScriptStepKind.Insert, Replica(step[1], index, replicas), Number(step[2], index, "the position"), Text: Text(step[3], index));
            case "delete":
                CheckLength(step, index, 4);
                return new ScriptStep(
                    ScriptStepKind.Delete, Replica(step[1], index, replicas), Number(step[2], index, "the position"), Number(step[3], index, "the count"));
            case "merge":
                CheckLength(step, index, 3);
                return new ScriptStep(ScriptStepKind.Merge, Replica(step[1], index, replicas), Replica(step[2], index, replicas));
            case "text":
                CheckLength(step, index, 2);
                return new ScriptStep(ScriptStepKind.Text, Replica(step[1], index, replicas));
            default:
                throw Invalid(index, "is none of insert, delete, merge, text");
        }
    }

    private static void CheckLength(JsonElement step, int index, int length)
    {
        if (step.GetArrayLength() != length)
        {
            throw Invalid(index, $"has {step.GetArrayLength()} items instead of {length}");
        }
    }

    private static int Replica(JsonElement item, int index, int replicas) =>
        TryGetInteger(item, out int replica) && replica >= 0 && replica < replicas ? replica : throw Invalid(index, $"names no replica from 0 to {replicas - 1}");

    private static int Number(JsonElement item, int index, string what) =>
        TryGetInteger(item, out int number) && number >= 0 ? number : throw Invalid(index, $"has no whole number from 0 to {int.MaxValue} as {what}");

    private static string Text(JsonElement item, int index) =>
        JsonText.TryGet(item, out string text) ? text : throw Invalid(index, "has no text of whole characters");

    private static bool TryGetInteger(JsonElement item, out int value)
    {
        value = 0;
        return item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out value);
    }

    private static CliException Invalid(string what) => new(CliError.ScriptInvalid, $"The script cannot be run: {what}.");

    private static CliException Invalid(int index, string what) => new(CliError.ScriptInvalid, $"Step {index} of the script (the first is 0) {what}.");
}
