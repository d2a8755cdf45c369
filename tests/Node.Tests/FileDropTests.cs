using System.Diagnostics;
using System.Globalization;
using P2P.Core.Runtime;

namespace P2P.Node.Tests;

/// <summary>samples/FileDrop does what its page says, also when it is killed.</summary>
public sealed class FileDropTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-filedrop-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_taker_killed_half_way_goes_on_and_has_the_same_file()
    {
        byte[] content = new byte[160 * Mebibyte];
        new SeededChance(7).Fill(content);
        string photo = Path.Combine(_folder, "photo.jpg");
        await File.WriteAllBytesAsync(photo, content);
        using Process giver = Start("giver", "offer", photo);
        try
        {
            string ticket = (await giver.StandardOutput.ReadLineAsync(TestNodes.Watchdog()))!;
            string downloads = Path.Combine(_folder, "downloads");
            using (Process taker = Start("taker", "take", ticket, downloads))
            {
                while (!Directory.Exists(downloads)
                    || !new DirectoryInfo(downloads).EnumerateFiles("photo.jpg.*.part").Any(static part => part.Length >= 80 * Mebibyte))
                {
                    Assert.False(taker.HasExited, "it ended before it could be killed");
                    await Task.Delay(5, TestNodes.Watchdog());
                }

                taker.Kill();
                await taker.WaitForExitAsync();
            }

            using Process again = Start("taker", "take", ticket, downloads);
            string[] words = (await again.StandardOutput.ReadToEndAsync(TestNodes.Watchdog())).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            await again.WaitForExitAsync(TestNodes.Watchdog());
            Assert.Equal(0, again.ExitCode);
            Assert.InRange(int.Parse(words[3], CultureInfo.InvariantCulture), 1, 81);
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(downloads, "photo.jpg")));
        }
        finally
        {
            giver.Kill();
        }
    }

    private Process Start(string who, params string[] arguments)
    {
        string dll = typeof(FileDropTests).Assembly.Location.Replace("P2P.Node.Tests.dll", "FileDrop.dll", StringComparison.Ordinal);
        ProcessStartInfo start = new("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true };
        start.Environment["FILEDROP_DATA"] = Path.Combine(_folder, who);
        start.Environment["FILEDROP_INTERFACE"] = "lo";
        return Process.Start(start)!;
    }
}
