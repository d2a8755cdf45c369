using System.Diagnostics;
using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>samples/Chat does what its page says.</summary>
public sealed class ChatTests
{
    private readonly string _room = $"room-{Environment.ProcessId}";

    [Fact]
    public async Task Who_comes_late_reads_what_was_said_and_both_know_who_is_there()
    {
        await using Child ann = Start("ann");
        await ann.WriteAsync("is anybody there?\n");
        await ann.UntilAsync(static line => line.EndsWith(" ann: is anybody there?", StringComparison.Ordinal));
        await using Child ben = Start("ben");
        await ben.UntilAsync(static line => line.EndsWith(" ann: is anybody there?", StringComparison.Ordinal));
        await ann.UntilAsync(static line => line == "* here: ann, ben");
        await ben.WriteAsync("I am\n");
        await ann.UntilAsync(static line => line.EndsWith(" ben: I am", StringComparison.Ordinal));
        ann.CloseInput();
        await ann.SucceedAsync();

        // Ann has gone; Cem hears of her line from Ben.
        await using Child cem = Start("cem");
        await cem.UntilAsync(static line => line.EndsWith(" ben: I am", StringComparison.Ordinal));
    }

    private Child Start(string name) =>
        Child.StartWithInput(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Chat.dll"), name, _room, "lo"]));
}
