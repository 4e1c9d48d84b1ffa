/* Which command did the user ask for? */
int main(void)
{
	return 0;
}
