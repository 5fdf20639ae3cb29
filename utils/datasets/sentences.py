"""English sentences on 22 topics, written for this course, for reading with a pretrained model.

Ten sentences a topic, 220 in all. Many use a word twice, so that a head that looks for the same
word can be found. The topic is the label: sentences of one topic should lie close together.
`PAIRS` says one thing twice, in other words. All text is the course's own.
"""

from dataclasses import dataclass

TOPICS: dict[str, str] = {
    "weather": """
The rain fell all night, and in the morning the rain had filled the old well.
A cold wind blew from the north and brought the first snow of the year.
Thick fog covered the valley, so the buses waited until the fog was gone.
The storm broke three trees near the river, but nobody was hurt.
After a week of heat, people were happy to see clouds in the sky.
The forecast said sun, yet dark clouds came from the west before noon.
Ice on the road made the drive slow, and more ice fell in the evening.
When the thunder came, the dog ran under the table and stayed there.
It rarely snows here, so a little snow closes every school.
The air was dry, and the wind carried dust across the fields.
""",
    "cooking": """
Cut the onions first, then fry the onions slowly in a little oil.
The soup needs more salt, but too much salt will spoil the soup.
She baked bread in the morning and ate the warm bread with butter.
Boil the water before you put the rice into the pot.
My father cooks fish on Friday, and my mother cooks on Sunday.
A sharp knife is safer in the kitchen than a knife that is dull.
The cake fell in because he opened the oven door too early.
Add two eggs, a cup of flour and a spoon of sugar to the bowl.
Fresh herbs lose their taste when they cook for too long.
He tasted the sauce, added pepper, and tasted the sauce again.
""",
    "astronomy": """
The moon turns around the earth, and the earth turns around the sun.
A telescope on a mountain sees more stars than a telescope in a city.
Light from that star left the star long before we were born.
Jupiter is the largest planet, and it has many moons.
The comet showed a bright tail when it came close to the sun.
Astronomers measured the distance to the galaxy by the light of a dying star.
On a clear night you can see the planet with your own eyes.
A black hole bends light so strongly that no light comes out.
The rings of Saturn are made of ice and rock.
During the eclipse, the moon hid the sun for four minutes.
""",
    "football": """
The keeper caught the first ball but missed the second ball.
Our team lost the match because the other team scored in the last minute.
The coach changed two players after the break.
She ran past three defenders and shot the ball into the corner.
The referee showed a red card, and the player left the field.
After the final, the fans of both teams sang in the stadium.
A draw is enough for the club to stay in the league.
The striker scored twice in the first half and once in the second half.
He hurt his knee in training and will miss the next match.
The captain took the penalty and hit the post.
""",
    "medicine": """
The doctor asked about the pain, and the pain was worse at night.
A vaccine teaches the body to fight a virus before the virus comes.
The nurse measured his blood pressure twice because the first value was high.
Wash your hands often, since hands carry germs from door to door.
The patient slept well after the operation and woke without pain.
Some drugs must be taken with food, other drugs without it.
The bone will heal in six weeks if you rest your arm.
A good hospital needs good nurses as much as good doctors.
The fever fell on the third day of the illness.
She became a surgeon because her mother had been a surgeon.
""",
    "music": """
The pianist played the song slowly, and the song sounded new.
A violin has four strings, and each string has its own sound.
The choir sang in the church every Sunday before the concert.
He wrote the melody first and found the words for it later.
The drummer kept the beat while the singer lost it.
She practises the guitar for an hour and the piano for an hour.
The orchestra waited for the conductor, who had missed his train.
An old record makes soft noise between the songs.
The band played its first concert in a small room.
In this opera, the tenor dies before the soprano sings.
""",
    "computers": """
The program stopped because the program had no memory left.
Save your file before you close the window, or the file is lost.
A password should be long, and no password should be used twice.
The new computer is fast, but its screen is small.
He found the error in the code after he had read the code aloud.
Our server was down for an hour, so nobody could read mail.
A keyboard with large keys is easier to use for old hands.
The network was slow because everyone watched the same film.
Make a copy of your data, then make a copy of the copy.
She learned to write software when she was twelve.
""",
    "law": """
The judge read the law aloud, and the lawyer read the law again.
A witness saw the car, but the witness did not see the driver.
The court decided that the contract was not valid.
Both sides signed the paper in front of the lawyer.
The thief gave the money back, and the judge made the sentence shorter.
Nobody may be punished twice for the same crime.
The jury talked for two days before it reached a verdict.
A new law forbids cars in the old part of the city.
He asked for a lawyer and said nothing until the lawyer came.
The tenant won the case against the owner of the house.
""",
    "gardening": """
Water the roses in the evening, because roses burn in the hot sun.
The apple tree gave more apples than any other tree in the garden.
Plant the seeds in spring, a finger deep in the soil.
Snails ate the young salad during one wet night.
He cut the hedge in autumn and burned the dry leaves.
Good soil is dark, and dark soil holds water.
The tomatoes need a wall that keeps them warm at night.
A garden without bees is a garden without fruit.
She pulled the weeds from the bed and planted beans in it.
The grass grows slowly when there is no rain.
""",
    "travel": """
The train left late, so we missed the second train in the capital.
A passport must be valid for six months after the journey.
We slept in a small hotel near the station and walked to the old town.
The plane landed in the dark, and the bags came an hour later.
He travelled from island to island on a slow boat.
The ticket was cheap because the bus took all night.
The guide showed us the castle and told us who had built the castle.
Our map was old, and the road on the map was gone.
The border was closed, so the tourists turned back.
She sent a card from every country that she had visited.
""",
    "economics": """
When prices rise, people buy less, and when people buy less, prices fall.
The bank raised the interest rate for the second time this year.
The company sold more, but it earned less than the year before.
A tax on fuel makes fuel dear and trains full.
Many shops closed after the factory had moved away.
The government borrowed money to pay old debts.
Her salary grew slower than the rent of her flat.
Trade between the two countries doubled in ten years.
He bought shares at a high price and sold the shares at a low price.
The market reacts to news before the news is printed.
""",
    "animals": """
The cat watched the bird, and the bird watched the cat.
Elephants remember the way to water for many years.
A fox lives near our house and comes for food at night.
The horse refused to jump until the second horse had jumped.
Wolves hunt in groups, but a bear hunts alone.
The parrot learned ten words in one summer.
Bees dance to tell other bees where the flowers are.
The whale came up for air and went down again.
Our dog sleeps on the sofa when nobody is at home.
A young deer can stand an hour after it is born.
""",
    "school": """
The teacher asked a question, and nobody could answer the question.
The exam was long, but the second part of the exam was easy.
Children learn to read by reading to other children.
He forgot his homework on the bus for the third time.
The class was quiet because the teacher told a story.
She studies physics in the morning and teaches mathematics at night.
A good student asks why, and a good teacher asks back.
The school has a new library with room for sixty pupils.
Our lesson begins at eight and ends before nine.
The students wrote an essay about the book that they had read.
""",
    "history": """
The king built a wall, and his son built a longer wall.
The war ended in winter, and peace was signed in spring.
Old letters tell us how soldiers lived during the war.
The city was destroyed by fire and built again in stone.
A queen ruled the island for almost fifty years.
Historians doubt the story, since the story was written much later.
The empire grew too large for one emperor.
They found coins under the church that were older than the church.
The printing press made books cheap all over Europe.
The old bridge carried an army across the river.
""",
    "physics": """
A heavy stone and a light stone fall at the same speed in a vacuum.
Energy is never lost, but energy changes its form.
The electron has a negative charge, the proton a positive one.
Sound travels faster in water than in air.
Two magnets attract each other if one magnet is turned around.
The pressure of a gas rises when the gas is heated.
Light behaves like a wave and sometimes like a particle.
The force doubles when the mass doubles.
An experiment that cannot fail is not an experiment.
Friction turns the motion of the wheel into heat.
""",
    "houses": """
The door was open, and behind the door stood a tall man.
Our roof leaks, and a new roof costs more than a car.
She painted the kitchen yellow and the bedroom blue.
The house has thick walls that keep the rooms cool.
He lost his key and climbed through the window.
The neighbours moved out and left a chair on the stairs.
The lamp in the hall burned all night.
A house without a table is not yet a home.
The flat is on the fifth floor, and the lift is broken.
They built the chimney first and the house around the chimney.
""",
    "traffic": """
The light turned red, but the truck did not stop at the light.
A bicycle is faster than a car in the centre of town.
The driver saw the child in time and stopped the car.
Two buses came at once after half an hour without a bus.
The tunnel is closed, so all cars must cross the bridge.
Parking is free on Sunday and dear on Monday.
The accident blocked the road for three hours.
He rides a motorcycle in summer and takes the tram in winter.
The street is narrow, and cars park on both sides of the street.
More lanes brought more cars, and more cars brought more noise.
""",
    "books": """
The novel begins with a death and ends with a death.
She read the last page first, as she does with every book.
The poet burned his poems, but a friend had kept the poems.
A library lends books to people who cannot buy books.
The writer worked on the story for seven years.
The hero of the novel is a clerk who writes letters.
I gave him the book, and he gave the book to his sister.
The translation is beautiful, though it is not exact.
The publisher printed too few copies of the first edition.
This chapter is short, and the next chapter is long.
""",
    "sea": """
The ship sank slowly, and a second ship saved the crew.
The tide takes the sand away, and the tide brings it back.
Fishermen mend their nets when the sea is too rough.
The lighthouse warned the boats of the rocks.
Deep in the ocean live fish that make their own light.
We swam to the small island and rested on the beach.
The captain watched the waves and said nothing.
Salt from the sea made the old harbour rich.
A wave threw the boat over the wall of the port.
The sailors feared the calm more than the wind.
""",
    "family": """
My sister is older than my brother, and my brother is older than me.
Her grandmother tells stories about her own grandmother.
The baby slept while the parents argued in the next room.
His uncle lives alone since the children moved out.
They married in May and had twins in March.
The son has the eyes of his father and the voice of his mother.
Every family has a story that the family never tells.
The cousins met for the first time at a funeral.
She called her mother on Sunday, as her mother had asked.
The old couple danced at the wedding of their daughter.
""",
    "clothes": """
He wore a black coat in winter and the same black coat in spring.
The shirt was too large, so she gave the shirt to her brother.
Wool keeps you warm even when the wool is wet.
The tailor made the trousers shorter and the jacket wider.
My shoes are worn out, but I like my old shoes.
The red dress hung in the window of the shop for a year.
Wash the jeans in cold water or they will shrink.
She lost a glove and now needs a new pair of gloves.
A hat protects the head from the sun and the ears from the cold.
The scarf was a present from her aunt.
""",
    "elections": """
The party won the election, and its leader thanked the voters.
Every vote counts, but not every vote is counted at once.
The president spoke for an hour and promised lower taxes.
The minister left the government after the scandal.
Young people voted for the new party, old people for the old party.
The parliament changed the rule by a single vote.
The mayor was elected for the third time.
The opposition asked for a new election.
Voters waited in long lines in front of the town hall.
The candidate lost in the city and won in the villages.
""",
}

PAIRS: tuple[tuple[str, str], ...] = (
    ("A man repairs his bicycle.", "Someone is fixing a bike."),
    ("The child is asleep.", "The little boy is sleeping."),
    ("Prices went up last year.", "Everything has become more expensive."),
    ("The film was boring.", "I did not enjoy the movie at all."),
    ("She is a physician.", "That woman works as a doctor."),
    ("The train arrived too late.", "Our railway connection had a delay."),
    ("He quit his job.", "The man resigned from his position."),
    ("Dogs are not allowed here.", "You may not bring pets into this place."),
)


@dataclass(frozen=True)
class Sentences:
    """``text``: N sentences; ``topic``: the index into ``names`` of each."""

    text: tuple[str, ...]
    topic: tuple[int, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.text)


def load_sentences() -> Sentences:
    """Return the 220 sentences, ten of each of the 22 topics."""
    rows = [
        (line, topic)
        for topic, lines in enumerate(TOPICS.values())
        for line in lines.strip().splitlines()
    ]
    text, topic = zip(*rows, strict=True)
    return Sentences(text, topic, tuple(TOPICS))
