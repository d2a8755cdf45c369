using System.Diagnostics;
using System.Globalization;
using P2P.Core.Runtime;
using P2P.TestSupport;

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
        await using Child giver = Start("giver", "offer", photo);
        string ticket = (await giver.ReadLineAsync())!;
        string downloads = Path.Combine(_folder, "downloads");
        await using (Child taker = Start("taker", "take", ticket, downloads))
        {
            await taker.KillWhenAsync(() => Directory.Exists(downloads)
                && new DirectoryInfo(downloads).EnumerateFiles("photo.jpg.*.part").Any(static part => part.Length >= 16 * Mebibyte));
        }

        await using Child again = Start("taker", "take", ticket, downloads);
        string[] words = (await again.SucceedAsync()).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(int.Parse(words[3], CultureInfo.InvariantCulture), 1, 145); // of 161, and 16 were there
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(downloads, "photo.jpg")));
    }

    private Child Start(string who, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "FileDrop.dll"), .. arguments]);
        start.Environment["FILEDROP_DATA"] = Path.Combine(_folder, who);
        start.Environment["FILEDROP_INTERFACE"] = "lo";
        return Child.Start(start);
    }
}
