using System.Diagnostics;

namespace P2P.Node.Tests;

/// <summary>samples/Chat does what its page says.</summary>
public sealed class ChatTests
{
    private readonly string _room = $"room-{Environment.ProcessId}";

    [Fact]
    public async Task Who_comes_late_reads_what_was_said_and_both_know_who_is_there()
    {
        using Process ann = Start("ann");
        Process? ben = null;
        try
        {
            await ann.StandardInput.WriteLineAsync("is anybody there?");
            await UntilAsync(ann, static line => line.EndsWith(" ann: is anybody there?", StringComparison.Ordinal));
            ben = Start("ben");
            await UntilAsync(ben, static line => line.EndsWith(" ann: is anybody there?", StringComparison.Ordinal));
            await UntilAsync(ann, static line => line == "* here: ann, ben");
            await ben.StandardInput.WriteLineAsync("I am");
            await UntilAsync(ann, static line => line.EndsWith(" ben: I am", StringComparison.Ordinal));
            ann.StandardInput.Close();
            await ann.WaitForExitAsync(TestNodes.Watchdog());
            Assert.Equal(0, ann.ExitCode);

            // Ann has gone; Cem hears of her line from Ben.
            using Process cem = Start("cem");
            await UntilAsync(cem, static line => line.EndsWith(" ben: I am", StringComparison.Ordinal));
            cem.Kill();
        }
        finally
        {
            ann.Kill();
            ben?.Kill();
            ben?.Dispose();
        }
    }

    private static async Task UntilAsync(Process chat, Func<string, bool> isIt)
    {
        List<string> seen = [];
        while (await chat.StandardOutput.ReadLineAsync(TestNodes.Watchdog()) is string line)
        {
            seen.Add(line);
            if (isIt(line))
            {
                return;
            }
        }

        Assert.Fail($"it ended after: {string.Join(" | ", seen)}");
    }

    private Process Start(string name)
    {
        string dll = typeof(ChatTests).Assembly.Location.Replace("P2P.Node.Tests.dll", "Chat.dll", StringComparison.Ordinal);
        return Process.Start(new ProcessStartInfo("dotnet", [dll, name, _room, "lo"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }
}
