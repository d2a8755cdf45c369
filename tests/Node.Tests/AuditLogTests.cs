using System.Diagnostics;

namespace P2P.Node.Tests;

/// <summary>samples/AuditLog does what its page says.</summary>
public sealed class AuditLogTests
{
    [Fact]
    public async Task Entries_are_signed_and_a_forged_one_is_refused_by_name()
    {
        string dll = typeof(AuditLogTests).Assembly.Location.Replace("P2P.Node.Tests.dll", "AuditLog.dll", StringComparison.Ordinal);
        ProcessStartInfo start = new("dotnet", [dll, "lo"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["P2P__Network"] = $"audit-{Environment.ProcessId}"; // alone: the sample counts its own entries
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestNodes.Watchdog());
        string output = await process.StandardOutput.ReadToEndAsync(TestNodes.Watchdog());
        await process.WaitForExitAsync(TestNodes.Watchdog());

        Assert.True(process.ExitCode == 0, output + await errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["alice opened the door", "bob read the ledger", "alice closed the door"], lines[..3].Select(static l => l.Split("  ")[2]));
        Assert.Equal("forged entry of \"bib\": Invalid, Signature", lines[3]);
        Assert.Equal("3 entries, every signature checked again: sound", lines[4]);
    }
}
