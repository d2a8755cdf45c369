using System.Globalization;
using System.Text.Json;
using P2P.Core.Runtime;

namespace P2P.Cli.Control;

/// <summary>Who has a data folder, in its own words: the node that runs there is asked over the control socket.</summary>
internal static class NodeHolder
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(8);

    /// <returns>Such as <c>`p2p up` (pid 4121, since 10:02)</c>; null when nobody answers there.</returns>
    public static async Task<string?> AskAsync(string directory, CommandContext context, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(s_limit, SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using StringWriter answer = new();
        try
        {
            if (await ControlClient.TryConnectAsync(directory, Asking(context, answer), either.Token) is not ControlClient client)
            {
                return null;
            }

            await using (client)
            {
                return await client.RunAsync(["status", "--json"], either.Token) == ExitCode.Ok ? Read(answer.ToString()) : null;
            }
        }
        catch (CliException)
        {
            return null; // it has just ended
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static string? Read(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement status = json.RootElement;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"`p2p {status.GetProperty("verb").GetString()}` (pid {status.GetProperty("pid").GetInt32()}, since {status.GetProperty("since").GetDateTimeOffset().ToLocalTime():HH:mm})");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null; // another version of the program
        }
    }

    private static CommandContext Asking(CommandContext context, TextWriter answer) => new()
    {
        Arguments = [],
        Directory = context.Directory,
        Out = answer,
        Errors = TextWriter.Null,
        OpenInput = static () => Stream.Null,
        OpenOutput = static () => Stream.Null,
        EditAsync = static (_, _) => Task.FromResult(1),
        FlushAsync = static _ => Task.CompletedTask,
    };
}
