using System.Text.Json;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.TestSupport;

namespace P2P.Conformance;

public sealed class DagPbVectors
{
    [SharedFact]
    public void All_17_fixtures_round_trip_and_show_as_the_dag_json_beside_them()
    {
        string[] files = Directory.GetFiles(Vectors.Folder("ipld-codec-fixtures", "fixtures"), "*.dag-pb", SearchOption.AllDirectories);
        Assert.Equal(17, files.Length);
        foreach (string file in files)
        {
            byte[] block = File.ReadAllBytes(file);
            Assert.Equal(DagPbStatus.Valid, DagPbNode.TryRead(block, 100, out DagPbNode? node));
            Assert.Equal(block, node!.ToBytes());
            Assert.Equal(Path.GetFileNameWithoutExtension(file), Cid.ForDagPb(block).ToString());
            Assert.Equal(DagCborStatus.Valid, DagJson.TryWrite(node.ToDagCbor(), out string json));
            Assert.Equal(File.ReadAllText(Directory.GetFiles(Path.GetDirectoryName(file)!, "*.dag-json")[0]), json);
        }
    }

    [SharedFact]
    public void All_9_blocks_that_must_be_refused_are()
    {
        JsonElement[] blocks = Vectors.Json("ipld-codec-fixtures", "negative-fixtures", "dag-pb", "decode", "edges.json");
        Assert.Equal(9, blocks.Length);
        foreach (JsonElement test in blocks)
        {
            DagPbStatus status = DagPbNode.TryRead(test.Hex("hex"), 100, out DagPbNode? node);
            Assert.True(status is DagPbStatus.BadHash or DagPbStatus.FieldOrder, $"{test.Text("name")}: {status}");
            Assert.Null(node);
        }
    }
}
