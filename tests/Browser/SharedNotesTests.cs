using System.Text.RegularExpressions;
using Microsoft.Playwright;
using P2P.Browser.Support;
using P2P.TestSupport;

namespace P2P.Browser;

/// <summary>samples/SharedNotes does what its page says.</summary>
public sealed partial class SharedNotesTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task Two_pages_write_one_text_and_what_was_written_offline_is_merged()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Require.Root, "samples", "SharedNotes", "README.md"));
        Assert.Contains("dotnet run -c Release --project samples/SharedNotes\n", readme, StringComparison.Ordinal);
        await using Child sample = Child.StartProgram("SharedNotes.dll", "0", "0");
        string[] said = [await ReadLineAsync(sample), await ReadLineAsync(sample), await ReadLineAsync(sample)];
        string promised = string.Join('\n', said) + "\n";
        Assert.Contains(Port().Replace(promised, ":0/"), Port().Replace(readme, ":0/"), StringComparison.Ordinal);
        await using WatchedPage ann = await chromium.OpenAsync();
        await using WatchedPage ben = await chromium.OpenAsync();
        ILocator left = await OpenAsync(ann, said[0]);
        ILocator right = await OpenAsync(ben, said[1]);

        await left.PressSequentiallyAsync("milk\n");
        await SeesAsync(right, "milk\n");
        await right.PressAsync("Control+End");
        await Task.WhenAll(
            left.PressSequentiallyAsync("bread from Ann", new LocatorPressSequentiallyOptions { Delay = 12 }),
            right.PressSequentiallyAsync("eggs from Ben", new LocatorPressSequentiallyOptions { Delay = 12 }));
        await Assertions.Expect(left).ToHaveValueAsync(new Regex("^milk\n(?=.*bread from Ann)(?=.*eggs from Ben).{27}$"));
        string both = await left.InputValueAsync();
        await SeesAsync(right, both);

        await ben.Page.GetByLabel("offline").CheckAsync();
        await left.PressAsync("Control+Home");
        await right.PressAsync("Control+End");
        await right.PressSequentiallyAsync("\nalone");
        await left.PressSequentiallyAsync("list\n");
        await SeesAsync(right, both + "\nalone");
        await ben.Page.GetByLabel("offline").UncheckAsync();
        await SeesAsync(left, $"list\n{both}\nalone");
        await SeesAsync(right, $"list\n{both}\nalone");
        using HttpClient client = new();
        Assert.Equal($"list\n{both}\nalone", await client.GetStringAsync(new Uri(new Uri(ann.Page.Url), "text")));
        Assert.Empty(ann.Errors.Concat(ben.Errors));
    }

    private static async Task<string> ReadLineAsync(Child sample) => await sample.ReadLineAsync() ?? "(ended)";

    private static async Task<ILocator> OpenAsync(WatchedPage page, string line)
    {
        await page.Page.GotoAsync(Address().Match(line).Value);
        ILocator area = page.Page.Locator("textarea");
        await Assertions.Expect(area).ToBeEnabledAsync();
        await area.FocusAsync();
        return area;
    }

    private static Task SeesAsync(ILocator area, string text) =>
        Assertions.Expect(area).ToHaveValueAsync(text);

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();

    [GeneratedRegex(@":\d+/")]
    private static partial Regex Port();
}
