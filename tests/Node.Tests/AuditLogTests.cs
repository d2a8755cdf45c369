using System.Diagnostics;
using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>samples/AuditLog does what its page says.</summary>
public sealed class AuditLogTests
{
    [Fact]
    public async Task Entries_are_signed_and_a_forged_one_is_refused_by_name()
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "AuditLog.dll"), "lo"]);
        start.Environment["P2P__Network"] = $"audit-{Environment.ProcessId}"; // alone: the sample counts its own entries
        await using Child sample = Child.Start(start);

        string[] lines = (await sample.SucceedAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["alice opened the door", "bob read the ledger", "alice closed the door"], lines[..3].Select(static l => l.Split("  ")[2]));
        Assert.Equal("forged entry of \"bib\": Invalid, Signature", lines[3]);
        Assert.Equal("3 entries, every signature checked again: sound", lines[4]);
    }
}
